/**
 * A file lock that the operating system releases when its holder ends in any way. SQLite, which is part of Node, takes the lock.
 * So no process has to decide whether a holder still runs; two processes could decide that at once.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A lock that this process holds. */
export interface FileLock {
  release(): void;
}

/** SQLITE_BUSY: https://sqlite.org/rescode.html#busy */
const busy = 5;

/**
 * Takes the lock of a file, and creates the file if necessary. The file stays: if a holder removed it, another process could
 * create it again and take the lock, too.
 *
 * @param patience - milliseconds to wait for the lock; this blocks the process
 * @returns undefined if another process, or another call in this one, has the lock
 */
export function takeFileLock(file: string, patience = 0): FileLock | undefined {
  mkdirSync(dirname(file), { recursive: true });
  // Loaded only when needed: before Node 24.15 it prints a warning that it is experimental.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(file, { timeout: patience });
  try {
    database.exec("BEGIN EXCLUSIVE");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === busy) return undefined;
    throw error;
  }
}

/** Runs a function while no other process does so with the same file. Waits without an end. */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  let lock = takeFileLock(file);
  for (; lock === undefined; lock = takeFileLock(file)) await sleep(300);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/**
 * Makes what is not there. Of two processes that want it at once, one makes it, and the other waits.
 *
 * @param file - lock, which stays
 */
export async function makeOnce(file: string, isThere: () => boolean, make: () => Promise<void>): Promise<void> {
  if (isThere()) return;
  await withFileLock(file, async () => {
    if (!isThere()) await make();
  });
}
