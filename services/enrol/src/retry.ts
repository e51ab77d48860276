/** Waiting for others: attempts that are made again until the time is up. */
import { setTimeout as sleep } from "node:timers/promises";

import { Failure } from "./failure";
import type { Log } from "./log";

/** Thrown by an attempt that may succeed when it is made again. What a {@link Failure} says, should the time be up. */
export class TryAgain extends Failure {
  override name = "TryAgain";
  /** How long it is worth trying while this is the cause, in milliseconds; as long as the time lasts if not said. */
  readonly patience?: number;
}

/** How {@link retry} waits. Times are in milliseconds. */
export interface RetryOptions {
  /** What is waited for, as in "waiting for {what}". */
  what: string;
  log: Log;
  /** Longest time to go on; 0 means for ever. */
  timeout: number;
  /** Wait after the first failure; it doubles up to `longest`. */
  shortest?: number;
  longest?: number;
}

/**
 * The wait before the attempt after `failures` failures: doubling, with up to a fifth of it taken off at random, so that the
 * pods of a network that started together do not call together.
 *
 * @param random - from 0 to 1
 */
export function backOff(failures: number, shortest: number, longest: number, random: number): number {
  const wait = Math.min(longest, shortest * 2 ** Math.min(failures - 1, 30));
  return Math.round(wait * (1 - 0.2 * random));
}

/**
 * Makes attempts until one does not throw {@link TryAgain}. Says what it waits for at the first failure, when the cause
 * changes, and about twice a minute.
 *
 * @returns what the attempt returned
 * @throws what the attempt threw if it was not `TryAgain`, or the last `TryAgain` when the time, or its patience, is up
 */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { what, log, timeout, shortest = 250, longest = 2_000 } = options;
  const start = Date.now();
  let failures = 0;
  let lastCause = "";
  let causeSince = start;
  let lastSaid = 0;
  for (;;) {
    try {
      const result = await attempt();
      if (failures > 0) log(`${what}: there after ${seconds(Date.now() - start)} s`);
      return result;
    } catch (error) {
      if (!(error instanceof TryAgain)) throw error;
      failures += 1;
      const wait = backOff(failures, shortest, longest, Math.random());
      const waited = Date.now() - start;
      if (timeout > 0 && waited + wait > timeout) throw error;
      const cause = error.reason;
      if (cause !== lastCause) causeSince = Date.now();
      if (error.patience !== undefined && Date.now() - causeSince > error.patience) throw error;
      if (cause !== lastCause || Date.now() - lastSaid > 30_000) {
        log(`waiting for ${what} (${seconds(waited)} s so far): ${cause}`);
        lastCause = cause;
        lastSaid = Date.now();
      }
      await sleep(wait);
    }
  }
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);
