import { describe, expect, it } from "vitest";

import { backOff } from "./backOff";

describe("back-off", () => {
  it("doubles up to its limit", () => {
    expect([1, 2, 3, 4, 5, 100].map((failures) => backOff(failures, 250, 2000, 0))).toEqual([
      250, 500, 1000, 2000, 2000, 2000,
    ]);
  });

  it("takes off up to a fifth", () => {
    expect(backOff(1, 250, 5000, 1)).toBe(200);
  });

  it("stays within bounds for any number of failures", () => {
    for (let failures = 1; failures < 2000; failures += 7) {
      const wait = backOff(failures, 250, 30_000);
      expect(wait).toBeGreaterThanOrEqual(200);
      expect(wait).toBeLessThanOrEqual(30_000);
    }
  });
});
