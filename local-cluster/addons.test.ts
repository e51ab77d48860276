import { describe, expect, it } from "vitest";

import { addonManifests } from "./addons";

describe("the addons", () => {
  it("have all their values, and pull nothing", () => {
    const text = addonManifests("localhost/c:1", "n");
    expect(text).not.toMatch(/\$\{/);
    expect(text.match(/imagePullPolicy: (\w+)/g)).toEqual(["imagePullPolicy: Never"]);
  });
});
