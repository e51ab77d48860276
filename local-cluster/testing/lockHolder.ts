/** A process that holds a lock, for tests of other processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const fileLock = pathToFileURL(join(__dirname, "..", "fileLock.ts")).href;

/** Runs a script in a process of its own, with `takeFileLock` in scope. */
export function runWithLocks(script: string): ChildProcess {
  const program = `const { takeFileLock } = await import(${JSON.stringify(fileLock)});\n${script}`;
  return spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["pipe", "pipe", "ignore"] });
}

/** Starts a process that holds a lock until its standard input ends, or it is killed. */
export async function lockHolder(file: string): Promise<ChildProcess> {
  const holder = runWithLocks(`
    const lock = takeFileLock(${JSON.stringify(file)});
    process.stdout.write(lock ? "taken" : "busy");
    process.stdin.resume().on("end", () => lock.release());
  `);
  const [said] = await once(holder.stdout!, "data");
  if (String(said) !== "taken") throw new Error(`the lock is ${said}`);
  return holder;
}
