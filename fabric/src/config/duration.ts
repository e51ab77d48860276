/** Durations as Go writes them, which is how Fabric stores them. */
import { invalidArgument } from "../errors";

const nanoseconds: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Milliseconds of a Go duration such as `500ms`, `1.5s` or `1m30s`. */
export function durationMilliseconds(duration: string): number {
  if (!/^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$/.test(duration)) {
    throw invalidArgument("reading a duration", `"${duration}" is not a Go duration`, "Write 500ms, 2s or 1m30s.");
  }
  let sum = 0;
  for (const [, amount, unit] of duration.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(amount) * nanoseconds[unit!]!;
  }
  return sum / 1e6;
}

/** The one spelling that Go itself would print: `1000ms` is `1s`, `2m` is `2m0s`. */
export function canonicalDuration(duration: string): string {
  const milliseconds = durationMilliseconds(duration);
  if (milliseconds === 0) return "0s";
  if (milliseconds < 1) return duration;
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const seconds = milliseconds / 1000;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${Math.round((seconds % 60) * 1e9) / 1e9}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
