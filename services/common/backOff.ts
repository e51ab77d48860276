/** How long to wait before something is tried again. */

/**
 * The wait after a number of failures in a row. It doubles each time. Up to a fifth is subtracted at random, so that clients
 * that failed together do not retry together.
 *
 * @param failures - one or more
 * @param shortest - wait after the first failure
 * @param random - from 0 to 1
 */
export function backOff(failures: number, shortest: number, longest: number, random = Math.random()): number {
  const wait = Math.min(longest, shortest * 2 ** Math.min(failures - 1, 30));
  return Math.round(wait * (1 - 0.2 * random));
}
