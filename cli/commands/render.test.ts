import { readdirSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Fixture } from "../engine/testing/fixture";

let fixture: Fixture;
beforeAll(() => {
  fixture = new Fixture();
});
afterAll(() => fixture.remove());

describe("render", () => {
  test("writes the objects, says what it did, and what to do next", async () => {
    fixture.stack("net", { network: { nodes: 1 } });
    const first = await fixture.command("render", "net", "--out", "manifests");
    expect(first.stderr).toBe("");
    expect(first.stdout).toBe(`5 manifests of stack "net" are in manifests (5 created).
They use images that "./baas apply net" builds:
  registry.local/node:0123456789abcdef
These Secrets have no data; only "./baas apply net" fills it in: credentials.
Next: apply stack "platform", then: kubectl apply --server-side -f manifests
`);
    expect(readdirSync(join(fixture.dir, "manifests")).sort()).toEqual([
      ".baas-render",
      "0-namespace-net.yaml",
      "3-configmap-node0.yaml",
      "3-secret-credentials.yaml",
      "4-statefulset-node0.yaml",
      "6-channel-trades.yaml",
    ]);
    const again = await fixture.command("render", "net", "--out", "manifests");
    expect(again.stdout).toContain("are in manifests (5 unchanged).");
  });

  test("asks for a folder, and refuses one that is not its own", async () => {
    expect((await fixture.command("render", "net")).stderr).toContain("required option '--out <folder>' not specified");
    const { code, stderr } = await fixture.command("render", "net", "--out", "stacks");
    expect(stderr).toContain('stacks holds files that "./baas render" did not write: Pulumi.net.yaml');
    expect(code).toBe(1);
  });

  test("writes nothing when the program fails or is refused", async () => {
    for (const [name, message] of [
      ["runError", "error: stacks/Pulumi.case.yaml: nodes is 0"],
      ["secretSpec", "is a secret, which every reader of the object could see"],
    ] as const) {
      fixture.case(name);
      const { code, stderr } = await fixture.command("render", name, "--out", name);
      expect(stderr).toContain(message);
      expect(code).toBe(1);
      expect(readdirSync(fixture.dir)).not.toContain(name);
    }
  });
});
