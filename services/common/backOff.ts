/** How long to wait before something is tried again. */

/**
 * The wait after some failures in a row: doubling, with up to a fifth of it taken off at random, so that those who failed
 * together do not try again together.
 *
 * @param failures - one or more
 * @param shortest - wait after the first failure
 * @param random - from 0 to 1
 */
export function backOff(failures: number, shortest: number, longest: number, random = Math.random()): number {
  const wait = Math.min(longest, shortest * 2 ** Math.min(failures - 1, 30));
  return Math.round(wait * (1 - 0.2 * random));
}
