import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TestProject } from "../../model/testing";
import { runCommandIn } from "../engine/testing/fixture";

let project: TestProject;
beforeAll(() => {
  project = new TestProject();
  project.environment("local", { gateway: { ports: { from: 30443, to: 30499 } } });
  project.write("stacks/Pulumi.platform-local.yaml", "config: { baas:platform: { environment: local } }\n");
  project.network("inner");
  project.environment("other", { context: "other", gateway: { ports: { from: 31000, to: 31000 } } });
  project.write("stacks/Pulumi.platform-other.yml", "config: { baas:platform: { environment: other } }\n");
  const network = "{ environment: other, domain: other.example.com, organizations: [{ name: org1 }] }";
  project.write("stacks/Pulumi.other.yml", `config: { baas:network: ${network} }\n`);
  project.network("open", { gateway: { port: 30443 } });
  project.network("wrong", { gateway: { port: 80 } });
});
afterAll(() => project.remove());

describe("connection, before any cluster is asked, refuses", () => {
  it.each([
    [
      "a network without a gateway",
      ["inner"],
      'network "inner" has no gateway, so clients outside the cluster cannot reach it\n' +
        "  -> Give it one in stacks/Pulumi.inner.yaml: gateway: { port: 30444 }; ./baas ports lists all free ports.\n",
    ],
    [
      "a platform",
      ["platform-local"],
      "stacks/Pulumi.platform-local.yaml is a platform: only networks have connections from outside\n",
    ],
    [
      "a network without a gateway in a .yml file",
      ["other"],
      'network "other" has no gateway, so clients outside the cluster cannot reach it\n' +
        "  -> Give it one in stacks/Pulumi.other.yml: gateway: { port: 31000 }; ./baas ports lists all free ports.\n",
    ],
    [
      "a platform in a .yml file",
      ["platform-other"],
      "stacks/Pulumi.platform-other.yml is a platform: only networks have connections from outside\n",
    ],
    [
      "a stack with mistakes",
      ["wrong"],
      "stacks/Pulumi.wrong.yaml: 1 mistake\n  baas:network.gateway.port: 80 is not one of the ports 30443 to 30499 of " +
        'environment "local": the next free one is 30444\n',
    ],
  ])("%s", async (_what, args, message) => {
    expect(await runCommandIn(project.dir, "connection", ...args)).toEqual({ code: 1, stdout: "", stderr: message });
  });

  it("a folder with files of others", async () => {
    const { code, stderr } = await runCommandIn(project.dir, "connection", "open", "--out", "stacks");
    expect(stderr).toContain('stacks holds files that "./baas connection open" did not write: Pulumi.inner.yaml');
    expect(code).toBe(1);
  });
});
