import { expect, it } from "vitest";

import { capabilitySince, compareVersions, isOlderSeries } from "./capabilities";

it("knows since when there is a capability, for each group by itself", () => {
  expect(capabilitySince("application", "V2_5")).toBe("2.5");
  expect(capabilitySince("channel", "V3_0")).toBe("3.0");
  // An orderer stops at it: "Orderer capability V2_5 is required but not supported".
  expect(capabilitySince("orderer", "V2_5")).toBeUndefined();
});

it("compares versions by their numbers", () => {
  const sorted = ["3.1.5", "2.5", "2.5.16", "1.4.12", "2.5.9"].sort(compareVersions);
  expect(sorted).toEqual(["1.4.12", "2.5", "2.5.9", "2.5.16", "3.1.5"]);
  expect(compareVersions("2.5", "2.5.0")).toBe(0);
});

it("compares release series, not patch releases", () => {
  expect(isOlderSeries("2.5.16", "3.1.5")).toBe(true);
  expect(isOlderSeries("3.0.0", "3.1.5")).toBe(true);
  expect(isOlderSeries("2.5.9", "2.5.16")).toBe(false);
  expect(isOlderSeries("10.0.0", "9.9.9")).toBe(false);
});
