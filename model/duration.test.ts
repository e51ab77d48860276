import { expect, it } from "vitest";

import { durationSeconds } from "./duration";

it.each([
  ["500ms", 0.5],
  ["90s", 90],
  ["10m", 600],
  ["8760h", 31_536_000],
  ["1h30m", 5400],
  ["1.5h", 5400],
])("%s is %d seconds", (text, seconds) => {
  expect(durationSeconds(text)).toBe(seconds);
});
