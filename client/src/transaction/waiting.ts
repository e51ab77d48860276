/** Waiting between tries. */
import { setTimeout as sleep } from "node:timers/promises";

import type { BackOff } from "../configuration/schema.ts";

/**
 * Milliseconds to wait before another try: twice as long each time, and somewhere in the upper half of it, so that clients
 * that failed together do not come back together.
 *
 * @param failures - tries that have failed, from 1
 */
export function backOffTime(failures: number, { shortest, longest }: BackOff): number {
  const time = Math.min(longest, shortest * 2 ** failures);
  return time * (0.5 + Math.random() / 2);
}

/** Waits, but not longer than until the deadline or the signal. Does not throw: the caller looks at both anyhow. */
export async function pause(time: number, deadline: number, signal?: AbortSignal): Promise<void> {
  const remaining = Math.max(0, Math.min(time, deadline - Date.now()));
  await sleep(remaining, undefined, { signal }).catch(() => {});
}
