/** Waiting for peers and chaincode, with lines in the log. */
import type { Log } from "../../common/log";
import { type Patience, retry } from "../../common/retry";

/**
 * Makes attempts until one does not throw {@link TryAgain}, as {@link retry} does, and says why it waits.
 *
 * @param what - what is waited for, as in "waiting for {what}"
 */
export function waitFor<T>(
  what: string,
  attempt: (failures: number) => Promise<T>,
  patience: Patience,
  log: Pick<Log, "info">,
): Promise<T> {
  return retry(attempt, patience, (cause, waited) =>
    log.info(`waiting for ${what}`, { cause, seconds: Math.round(waited / 1000) }),
  );
}
