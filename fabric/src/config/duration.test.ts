import { expect, it } from "vitest";

import { canonicalDuration, durationMilliseconds } from "./duration";

it.each([
  ["500ms", "500ms", 500],
  ["1000ms", "1s", 1000],
  ["1500ms", "1.5s", 1500],
  ["0.5s", "500ms", 500],
  ["2m", "2m0s", 120_000],
  ["1m30s", "1m30s", 90_000],
  ["1h", "1h0m0s", 3_600_000],
  ["90m1.25s", "1h30m1.25s", 5_401_250],
  ["0s", "0s", 0],
])("%s is what Go prints as %s", (written, canonical, milliseconds) => {
  expect(canonicalDuration(written)).toBe(canonical);
  expect(durationMilliseconds(written)).toBe(milliseconds);
});

it.each(["", "5", "ms", "5 s", "-5s", "5d"])("%j is no duration", (written) => {
  expect(() => durationMilliseconds(written)).toThrow("is not a Go duration");
});
