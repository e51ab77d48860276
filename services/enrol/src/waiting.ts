/** Waiting, with lines in the log. */
import { type Patience, retry } from "../../common/retry";
import type { Log } from "./log";

/** How {@link waitFor} waits. */
export interface WaitOptions extends Partial<Patience> {
  /** What is waited for, as in "waiting for {what}". */
  what: string;
  log: Log;
  /** Longest time to go on, in milliseconds; 0 means for ever. */
  timeout: number;
}

/**
 * Makes attempts until one does not throw {@link TryAgain}, as {@link retry} does. Logs the cause and the end of a wait.
 *
 * @returns what the attempt returned
 * @throws what the attempt threw last
 */
export async function waitFor<T>(attempt: () => Promise<T>, options: WaitOptions): Promise<T> {
  const { what, log, timeout, shortest = 250, longest = 1_000 } = options;
  const started = Date.now();
  let waited = false;
  const result = await retry(attempt, { timeout, shortest, longest }, (cause, milliseconds) => {
    log(`waiting for ${what} (${seconds(milliseconds)} s so far): ${cause}`);
    waited = true;
  });
  if (waited) log(`${what}: there after ${seconds(Date.now() - started)} s`);
  return result;
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);
