/** Waiting for peers and chaincode: attempts that are made again until the time is up. */
import { setTimeout as sleep } from "node:timers/promises";

import { TryAgain } from "./failure";
import type { Log } from "./log";

/** How {@link retry} waits. Times are in milliseconds. */
export interface Patience {
  /** Longest time to go on. */
  timeout: number;
  /** Wait after the first failure; it doubles up to `longest`. */
  shortest: number;
  longest: number;
}

/** How often a wait whose cause stays the same is told again. */
const repeatInterval = 30_000;

/**
 * Makes attempts until one does not throw {@link TryAgain}. Says why it waits when the cause changes, and twice a minute.
 *
 * @param what - what is waited for, as in "waiting for {what}"
 * @param attempt - is given the number of failures so far
 * @returns what the attempt returned
 * @throws what the attempt threw if it was not `TryAgain`, or the last `TryAgain` when the time is up
 */
export async function retry<T>(
  what: string,
  attempt: (failures: number) => Promise<T>,
  { timeout, shortest, longest }: Patience,
  log: Log,
): Promise<T> {
  const started = Date.now();
  let lastCause = "";
  let lastSaid = 0;
  for (let failures = 0; ; failures++) {
    try {
      return await attempt(failures);
    } catch (error) {
      if (!(error instanceof TryAgain)) throw error;
      const wait = backOff(failures, shortest, longest, Math.random());
      if (Date.now() - started + wait > timeout) throw error;
      // Each attempt at a transaction has an ID of its own.
      const cause = error.reason.replace(/\b[0-9a-f]{64}\b/g, "…");
      if (cause !== lastCause || Date.now() - lastSaid > repeatInterval) {
        log("info", `waiting for ${what}`, { cause, seconds: Math.round((Date.now() - started) / 1000) });
        lastCause = cause;
        lastSaid = Date.now();
      }
      await sleep(wait);
    }
  }
}

/**
 * The wait after a failure that `failures` others came before: doubling, with up to half of it taken off at random, so that
 * those who collided do not collide again.
 *
 * @param random - from 0 to 1
 */
export function backOff(failures: number, shortest: number, longest: number, random: number): number {
  return Math.round(Math.min(longest, shortest * 2 ** Math.min(failures, 30)) * (1 - random / 2));
}
