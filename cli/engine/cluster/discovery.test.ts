import { expect, it } from "vitest";

import { Discovery } from "./discovery";

it("a kind of the project that a cluster does not serve comes with its platform", () => {
  const discovery = new Discovery([]);
  expect(() => discovery.get("baas.io/v1alpha1", "Rollout")).toThrow(
    "the cluster does not serve baas.io/v1alpha1 Rollout\n  -> Apply the platform first, with this release.",
  );
  expect(() => discovery.get("v1", "Pod")).toThrow(/does not serve v1 Pod$/);
});
