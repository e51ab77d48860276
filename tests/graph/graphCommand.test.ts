import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { runCommandIn } from "../../cli/engine/testing/fixture";
import { ProjectCopy } from "../projectCopy";

let project: ProjectCopy;
beforeAll(() => {
  project = new ProjectCopy();
});
afterAll(() => project.remove());

const graph = (...args: string[]) => runCommandIn(project.dir, "graph", ...args);

describe("graph", () => {
  it("writes the picture to a file, the same in every clone", async () => {
    expect(await graph("dev", "--out", "dev.svg")).toEqual({ code: 0, stdout: "", stderr: "wrote dev.svg\n" });
    expect(project.read("dev.svg")).toBe(readFileSync(join(__dirname, "..", "..", "docs", "dev.svg"), "utf8"));
  });

  it("draws calls from the gateway by the API server to the peers", async () => {
    const { stdout } = await graph("calls", "--format", "mermaid");
    await expect(stdout).toMatchFileSnapshot("testdata/calls.mermaid");
  });

  it("shows what the NetworkPolicies say, not what they ought to", async () => {
    project.edit(
      "components/fabric/peer.ts",
      'allowTo(pods({ network: plan.name, role: "orderer" }), ports.orderer),',
      "",
    );
    const { stdout } = await graph("dev", "--format", "mermaid");
    expect(stdout).toMatch(/^flowchart LR\n[\s\S]*gossip, endorse 7051/);
    expect(stdout).not.toContain("order 7050");
  });

  it.each([
    ["a platform", ["platform-local"], "stacks/Pulumi.platform-local.yaml is a platform: only networks are drawn\n"],
    ["another format", ["dev", "--format", "png"], 'there is no format "png"; there are: svg, mermaid'],
    ["no stack", [], "missing required argument 'stack'"],
  ])("refuses %s", async (_what, args, message) => {
    const { code, stdout, stderr } = await graph(...args);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });
});
