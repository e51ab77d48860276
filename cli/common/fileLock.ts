/** One command at a time, for work that reads what there is, decides, and writes. */
import { takeFileLock } from "../../local-cluster/fileLock";
import { UserError } from "../../model/userError";

/**
 * Does something while no other process does something under the same lock.
 *
 * @param file - the lock; it stays
 * @param patience - milliseconds to wait for another one
 * @throws {@link UserError} when another one does not finish
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
