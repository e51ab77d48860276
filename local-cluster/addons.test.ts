import { describe, expect, it } from "vitest";

import { addonManifests } from "./addons";
import { describeInstance } from "./instance";

const instance = describeInstance("local", "/somewhere/baas");

describe("the addons", () => {
  it("have all their values, and pull nothing", () => {
    const text = addonManifests(instance, { coredns: "localhost/c:1", provisioner: "localhost/p:1" });
    expect(text).not.toMatch(/\$\{/);
    expect(text.match(/imagePullPolicy: (\w+)/g)).toEqual(Array(3).fill("imagePullPolicy: Never"));
  });
});
