import { describe, expect, it } from "vitest";

import { distributionSources } from "./baseImages";

describe("the images that a Dockerfile builds on", () => {
  it("come from the machine's own distribution", () => {
    const targets = [
      "http://mirror.example/debian/ bookworm main Debian",
      "http://mirror.example/debian/ bookworm main Debian",
      "http://mirror.example/debian/ bookworm-updates main Debian",
      "http://vendor.example/ stable main Vendor",
    ].join("\n");
    expect(distributionSources(targets, "bookworm")).toBe(
      "deb http://mirror.example/debian/ bookworm main\ndeb http://mirror.example/debian/ bookworm-updates main",
    );
  });
});
