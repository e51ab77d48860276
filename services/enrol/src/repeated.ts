/** Work of sidecars, which is done again and again until the pod ends. */
import { setTimeout as sleep } from "node:timers/promises";

import { messageOf } from "../../common/failure";
import type { Log } from "./log";

/** Wait after a renewal that has failed, in milliseconds. */
export const retryWait = 60_000;

/**
 * Does something again and again, whether or not it fails.
 *
 * @param work - returns the time until the next time, in milliseconds
 * @param afterFailure - that time if it fails
 */
export async function every(work: () => Promise<number>, afterFailure: number, log: Log): Promise<never> {
  for (;;) {
    const wait = await work().catch((error: unknown) => {
      log(messageOf(error));
      return afterFailure;
    });
    await sleep(wait);
  }
}
