/** Durations as Go writes them, and with it Kubernetes, Pulumi and Fabric. */

const secondsIn: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Seconds of a duration such as `90s` or `1h30m`. */
export function durationSeconds(text: string): number {
  return [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * secondsIn[unit!]!,
    0,
  );
}
