/** Waiting for others: attempts that are made again until the time is up. */
import pRetry from "p-retry";

import { TryAgain } from "./failure";

/** How {@link retry} waits. Times are in milliseconds. */
export interface Patience {
  /** Longest time to go on; 0 means for ever. */
  timeout: number;
  /**
   * Wait after the first failure, or up to twice as long. It is random, so that clients that failed together do not retry
   * together. It doubles with each further failure, up to `longest`.
   */
  shortest: number;
  longest: number;
}

/** How often a wait is reported again while its cause stays the same, in milliseconds. */
const repeatInterval = 30_000;

/**
 * Makes attempts until one does not throw {@link TryAgain}.
 *
 * @param attempt - called with the number of failures so far
 * @param onWait - called with the cause and the time waited: when the cause changes, and twice a minute
 * @returns what the attempt returned
 * @throws what the attempt threw if it was not `TryAgain`, or the last `TryAgain` when the time, or its patience, is up
 */
export async function retry<T>(
  attempt: (failures: number) => Promise<T>,
  { timeout, shortest, longest }: Patience,
  onWait: (cause: string, waited: number) => void = () => {},
): Promise<T> {
  const started = Date.now();
  let lastCause = "";
  let causeSince = started;
  let lastTold = 0;
  const isWorthTrying = ({ error }: { error: Error }): boolean => {
    if (!(error instanceof TryAgain)) return false;
    const now = Date.now();
    const cause = nameless(error.reason);
    const isNew = cause !== lastCause;
    if (isNew) [lastCause, causeSince] = [cause, now];
    if (now - causeSince > (error.patience ?? Infinity)) return false;
    if (isNew || now - lastTold > repeatInterval) {
      onWait(cause, now - started);
      lastTold = now;
    }
    return true;
  };
  return pRetry((number) => attempt(number - 1), {
    retries: Infinity,
    minTimeout: shortest,
    maxTimeout: longest,
    randomize: true,
    maxRetryTime: timeout === 0 ? Infinity : timeout,
    shouldRetry: isWorthTrying,
  });
}

/** A cause without transaction IDs, which differ in each attempt. */
const nameless = (cause: string): string => cause.replace(/\b[0-9a-f]{64}\b/g, "…");
