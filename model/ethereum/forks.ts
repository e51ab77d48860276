/** Forks that begin at a time: what a stack file's names come to, and what may change while a chain lives. */
import { type EthereumFork, forksText, type ForkTime, type TimedFork, timedForks } from "../contracts/ethereum";

/**
 * The forks of a stack file with their times, the earliest first. One that is left out between others begins with the next one, as a fork
 * comes with all before it.
 *
 * @param latestFork - the latest fork that the chain has from its first block on
 */
export function forkTimes(latestFork: EthereumFork, forks: Readonly<Partial<Record<TimedFork, string>>>): ForkTime[] {
  const later = timedForks.slice((timedForks as readonly string[]).indexOf(latestFork) + 1);
  return later.flatMap((name, i): ForkTime[] => {
    const text = later
      .slice(i)
      .map((one) => forks[one])
      .find((one) => one !== undefined);
    return text === undefined ? [] : [{ name, time: Date.parse(text) / 1000 }];
  });
}

/** A time as stack files have it, such as `2027-01-01T00:00:00Z`. */
export function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/**
 * Why the forks of a living chain cannot become others. Blocks that are there were made by the forks that had begun, and those that are
 * about to be made by all nodes alike.
 *
 * @param before - those that its nodes have
 * @param now - in seconds since 1970
 * @returns sentences without their ends; none if they can
 */
export function refusedForks(before: readonly ForkTime[], after: readonly ForkTime[], now: number): string[] {
  if (forksText(before) === forksText(after)) return [];
  const timeIn = (forks: readonly ForkTime[], fork: string): number | undefined =>
    forks.find(({ name }) => name === fork)?.time;
  const begun = before.filter(({ name, time }) => time <= now && timeIn(after, name) !== time);
  const late = after.filter(({ name, time }) => time <= now && timeIn(before, name) !== time);
  const isBegun = ({ name }: ForkTime): boolean => begun.some((one) => one.name === name);
  return [
    ...begun.map(
      ({ name, time }) =>
        `${name} began at ${timeText(time)}, and blocks stand on it: write forks.${name}: ${timeText(time)}`,
    ),
    ...late
      .filter((fork) => !isBegun(fork))
      .map(
        ({ name, time }) =>
          `${name} would have begun at ${timeText(time)}, when blocks were made without it: write a time to come for forks.${name}`,
      ),
  ];
}
