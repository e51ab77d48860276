import { expect, it } from "vitest";

import { capabilitySince, compareVersions, defaultCapabilities } from "../../fabric/src/config/capabilities";
import { fabricVersions } from "../files/versions";
import { capabilityGroups, capabilityLevels, isLower, levelSince, lowestLevels } from "./capabilityLevels";

it.each(capabilityGroups)("begins with the capability of %s that the library gives new channels", (group) => {
  expect([lowestLevels[group]]).toEqual(defaultCapabilities[group]);
});

it.each(capabilityGroups)(
  "lists the levels of %s in order, each of them known to a version that is supported",
  (group) => {
    const since = capabilityLevels[group].map((level) => capabilitySince(group, level)!);
    expect(since).toEqual([...since].sort(compareVersions));
    for (const version of since) expect(fabricVersions.some((one) => compareVersions(one, version) >= 0)).toBe(true);
  },
);

it("is in the order of its texts, by which the API server compares them", () => {
  for (const levels of Object.values(capabilityLevels)) expect([...levels]).toEqual([...levels].sort());
});

it("has its lowest levels in every version that is supported", () => {
  for (const group of capabilityGroups) {
    for (const version of fabricVersions) {
      expect(compareVersions(version, levelSince(group, lowestLevels[group]))).toBeGreaterThanOrEqual(0);
    }
  }
});

it("compares levels", () => {
  expect(isLower("channel", "V2_0", "V3_0")).toBe(true);
  expect(isLower("channel", "V3_0", "V2_0")).toBe(false);
  expect(isLower("channel", "V3_0", "V3_0")).toBe(false);
});
