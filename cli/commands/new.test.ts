import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { readPortTable } from "../../model/project/portTable";
import { TestProject } from "../../model/testing";
import { runCommandIn } from "../engine/testing/fixture";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  project.environment("local", { gateway: { ports: { from: 30443, to: 30499 } } });
});
afterEach(() => project.remove());

describe("new", () => {
  it("says what it wrote, and what to do next", async () => {
    const { code, stdout } = await runCommandIn(project.dir, "new", "supply", "--domain", "supply.example.org");
    expect(stdout)
      .toBe(`wrote stacks/Pulumi.supply.yaml: network "supply" in environment "local", domain supply.example.org, gateway's port 30443
Next:
  write stacks/Pulumi.platform-local.yaml: config: { baas:platform: { environment: local } }
  ./baas preview supply   shows its resources
  ./baas apply platform-local
  ./baas apply supply     creates it; with the Pulumi CLI: pulumi stack init supply && pulumi up -s supply
`);
    expect(code).toBe(0);
  });

  it("asks for a name", async () => {
    const { code, stderr } = await runCommandIn(project.dir, "new");
    expect(stderr).toContain("missing required argument 'network'");
    expect(code).toBe(1);
  });

  it("gives networks that are made at the same time different ports, and a name once", async () => {
    const names = ["one", "two", "two", "three"];
    const results = await Promise.all(names.map((name) => runCommandIn(project.dir, "new", name)));
    expect(results.map(({ code }) => code).sort()).toEqual([0, 0, 0, 1]);
    expect(results.find(({ code }) => code === 1)?.stderr).toContain("stacks/Pulumi.two.yaml is there already");
    const { networks, problems } = readPortTable(project.dir);
    expect(networks.map(({ port }) => port)).toEqual([30443, 30444, 30445]);
    expect(problems).toEqual([]);
  });
});
