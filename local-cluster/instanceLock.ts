/** Keeps two commands from changing the same local cluster at once. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Instance } from "./instance";
import { LocalError } from "./localError";
import { describeProcess, isAlive, type ProcessRecord } from "./processes";
import type { Progress } from "./progress";
import { sleep } from "./run";

/** How long a command waits for another one that works on the same instance: a first build can take this long. */
const patienceSeconds = 1800;

/**
 * Does something that changes an instance while no other command does. The lock of a command that was killed does not
 * count. Waits for its turn.
 *
 * @throws {@link LocalError} when the other command does not finish
 */
export async function withLock<T>(instance: Instance, progress: Progress, work: () => Promise<T>): Promise<T> {
  const file = join(instance.stateDir, "lock");
  mkdirSync(instance.stateDir, { recursive: true, mode: 0o711 });
  const deadline = Date.now() + patienceSeconds * 1000;
  for (let holder = take(file); holder; holder = take(file)) {
    if (Date.now() > deadline) {
      throw new LocalError(
        `Process ${holder.pid} has been working on the local cluster "${instance.name}" for too long.`,
        `End it, then run this again.`,
      );
    }
    progress.waiting(`waiting for process ${holder.pid}, which works on the same local cluster`);
    await sleep(300);
  }
  const release = () => rmSync(file, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

/** Takes the lock, or returns the living process that holds it. */
function take(file: string): ProcessRecord | undefined {
  const own = JSON.stringify({ ...describeProcess(process.pid), fingerprint: "", recordedAt: Date.now() });
  try {
    writeFileSync(file, own, { flag: "wx", mode: 0o600 });
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  let holder: ProcessRecord | undefined;
  try {
    holder = JSON.parse(readFileSync(file, "utf8")) as ProcessRecord;
  } catch {
    // Being written or removed this moment, or cut off by a crash: the next look tells.
  }
  if (isAlive(holder)) return holder;
  rmSync(file, { force: true });
  return take(file);
}
