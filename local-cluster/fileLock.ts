/**
 * A lock that the operating system gives back when its holder ends, however it ends: the lock that SQLite, which comes with
 * Node, takes on a file. Nobody has to judge whether a holder still lives, which two can do at once.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** A lock that this process holds. */
export interface FileLock {
  release(): void;
}

/** SQLITE_BUSY: https://sqlite.org/rescode.html#busy */
const busy = 5;

/**
 * Takes the lock of a file, which is made where there is none. The file stays: who removed it would let in another one that
 * makes it anew.
 *
 * @param patience - milliseconds to wait for the lock; this process does nothing else meanwhile
 * @returns undefined while another process, or another call in this one, has the lock
 */
export function takeFileLock(file: string, patience = 0): FileLock | undefined {
  mkdirSync(dirname(file), { recursive: true });
  // Loaded only where something is locked: before Node 24.15 it prints that it is experimental.
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
