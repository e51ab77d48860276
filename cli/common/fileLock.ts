/** A lock for work that only one command may do at a time, such as reading a file, deciding, and writing it. */
import { takeFileLock } from "../../local-cluster/fileLock";
import { UserError } from "../../model/userError";

/**
 * Runs a function while no other process holds the same lock.
 *
 * @param file - the lock file; it is not removed
 * @param patience - milliseconds to wait for another process
 * @throws {@link UserError} when another process still holds the lock then
 */
export function withFileLock<T>(file: string, work: () => T, patience = 10_000): T {
  const lock = takeFileLock(file, patience);
  if (lock === undefined) {
    throw new UserError(
      `another command has held ${file} for ${patience / 1000} s\n  -> End it, or wait until it is done; then run this again.`,
    );
  }
  try {
    return work();
  } finally {
    lock.release();
  }
}
