import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TestProject } from "../../model/testing";
import { runCommandIn } from "../engine/testing/fixture";

let project: TestProject;
beforeAll(() => {
  project = new TestProject();
  project.environment("local", { gateway: { ports: { from: 30443, to: 30499 } } });
  project.network("one", { gateway: { port: 30443 } });
});
afterAll(() => project.remove());

const ports = (...args: string[]) => runCommandIn(project.dir, "ports", ...args);

describe("ports", () => {
  it("prints tables, and with --json a document", async () => {
    const { code, stdout } = await ports();
    expect(code).toBe(0);
    expect(stdout).toContain(
      "\none      local        test     NodePort  30443  api.one.example.com  stacks/Pulumi.one",
    );
    const { networks, environments, problems } = JSON.parse((await ports("--json")).stdout);
    expect([networks, environments, problems]).toMatchObject([[{ port: 30443 }], [{ next: 30444 }], []]);
  });

  it("ends with 1 when two networks share a port, and prints the tables all the same", async () => {
    project.network("two", { gateway: { port: 30443 } });
    const { code, stdout } = await ports();
    expect(code).toBe(1);
    expect(stdout).toContain("\ntwo      local        test     NodePort  30443  ");
    expect(stdout).toContain("30443 is the gateway's port of stacks/Pulumi.two.yaml too");
    expect((await ports("--json")).code).toBe(1);
  });

  it("is about all stacks", async () => {
    const { code, stderr } = await ports("one");
    expect(stderr).toContain("too many arguments for 'ports'");
    expect(code).toBe(1);
  });
});
