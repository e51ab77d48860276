/** One command at a time, for work that reads what there is, decides, and writes. */
import { readFileSync, rmSync } from "node:fs";

import { UserError } from "../../model/userError";
import { createAtomically } from "./atomicFiles";

const patience = 10_000;

/**
 * Does something while no other process does something in the turn of the same file. That of a process that was killed
 * does not count.
 *
 * @param file - is there for as long as the turn takes
 * @throws {@link UserError} when another one does not finish
 */
export function withFileLock<T>(file: string, work: () => T): T {
  const deadline = Date.now() + patience;
  while (!createAtomically(file, String(process.pid))) {
    if (isAbandoned(file)) rmSync(file, { force: true });
    else if (Date.now() > deadline) {
      throw new UserError(
        `another command does not finish\n  -> If there is none, delete ${file}, then run this again.`,
      );
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  try {
    return work();
  } finally {
    rmSync(file, { force: true });
  }
}

function isAbandoned(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, "utf8")), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
