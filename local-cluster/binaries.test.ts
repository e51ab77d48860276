import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { kubernetesVersion } from "./binaries";

describe("the components", () => {
  it("are built from the release that they say", () => {
    const gomod = readFileSync(join(__dirname, "go/kubernetes/go.mod"), "utf8");
    expect(gomod).toContain(`k8s.io/kubernetes ${kubernetesVersion} `);
  });
});
