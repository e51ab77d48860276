/** Prevents two commands from changing the same local cluster at once. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { takeFileLock } from "./fileLock";
import type { Instance } from "./instance";
import { LocalError } from "./localError";
import type { Progress } from "./progress";

/** How long a command waits for another one on the same instance: a first build can take this long. */
const patienceSeconds = 1800;

/**
 * Runs a function that changes an instance while no other command does. Waits for the lock. The instance's `stateDir` exists
 * when the function begins; the function may remove it.
 *
 * @throws {@link LocalError} when the other command does not finish
 */
export async function withLock<T>(instance: Instance, progress: Progress, work: () => Promise<T>): Promise<T> {
  const take = () => takeFileLock(instance.lockFile);
  const holderFile = `${instance.lockFile}.pid`;
  const deadline = Date.now() + patienceSeconds * 1000;
  let lock = take();
  for (; lock === undefined; lock = take()) {
    const holder = holderIn(holderFile);
    if (Date.now() > deadline) {
      throw new LocalError(
        `${holder} has been working on the local cluster "${instance.name}" for too long.`,
        `End it, then run this again.`,
      );
    }
    progress.waiting(`waiting for ${holder}, which works on the same local cluster`);
    await sleep(300);
  }
  try {
    writeFileSync(holderFile, String(process.pid), { mode: 0o600 });
    mkdirSync(instance.stateDir, { recursive: true, mode: 0o711 });
    return await work();
  } finally {
    rmSync(holderFile, { force: true });
    lock.release();
  }
}

/** The holder of the lock, in words. */
function holderIn(file: string): string {
  try {
    return `process ${readFileSync(file, "utf8")}`;
  } catch {
    // The holder has taken the lock but has not recorded itself yet.
    return "another command";
  }
}
