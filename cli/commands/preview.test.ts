import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { runProgram } from "../engine/program/programs";
import { writeRecord } from "../engine/record/writeRecord";
import { Fixture } from "../engine/testing/fixture";

let fixture: Fixture;
beforeAll(() => {
  fixture = new Fixture();
});
afterAll(() => fixture.remove());

const one = { network: { nodes: 1 } };

describe("preview", () => {
  test("shows a tree, the outputs, the counts and what to do next", async () => {
    fixture.stack("net", one);
    const { code, stdout, stderr } = await fixture.command("preview", "net");
    expect(stderr).toBe("");
    expect(stdout.replace(/ +$/gm, "")).toBe(`Previewing net:

     Type                                  Name                           Plan    Info
 +   pulumi:pulumi:Stack                   fixture-net                    create
 +   ├─ docker:index:Image                 image                          create
 +   ├─ pulumi:providers:kubernetes        cluster                        create
 >   ├─ pulumi:pulumi:StackReference       organization/fixture/platform  read
 +   ├─ random:index:RandomPassword        password                       create
 +   ├─ kubernetes:core/v1:Namespace       namespace                      create
 +   ├─ kubernetes:core/v1:Secret          credentials                    create
 +   ├─ fixture:index:Node                 node0                          create
 +   │  ├─ kubernetes:core/v1:ConfigMap    node0-config                   create
 +   │  └─ kubernetes:apps/v1:StatefulSet  node0-set                      create
 +   └─ kubernetes:fixture.io/v1:Channel   channel                        create

Outputs:
    addresses:
      [0]: "node0.net.svc"
    namespace: "net"
    password: [unknown]

Resources:
    + 10 to create
    compared with nothing: there is no record of an apply of this stack here
    no cluster was asked: what it refuses to change on a live network is told by apply, before anything changes

Next: ./baas apply platform && ./baas apply net
`);
    expect(code).toBe(0);
  });

  describe("after an apply", () => {
    beforeAll(async () => {
      fixture.stack("net", one);
      writeRecord(await runProgram({ projectDir: fixture.dir, stack: "net", dryRun: false }));
    });

    test("says that nothing changes", async () => {
      fixture.stack("net", one);
      const { code, stdout } = await fixture.command("preview", "net");
      expect(stdout).toContain("Resources:\n    10 unchanged\n\nNothing would change.\n");
      expect(code).toBe(0);
    });

    test("shows what an edit changes, and with --diff every field", async () => {
      fixture.stack("net", { ...one, greeting: "good day", replicas: 3 });
      const tree = (await fixture.command("preview", "net")).stdout;
      expect(tree).toContain(
        " ~      ├─ kubernetes:core/v1:ConfigMap    node0-config                   update  [diff: ~data]\n",
      );
      expect(tree).toContain("    ~ 2 to update\n    8 unchanged\n");
      expect(tree).not.toContain("credentials");
      const diff = (await fixture.command("preview", "net", "--diff")).stdout;
      expect(diff).toContain(`~  kubernetes:apps/v1:StatefulSet: (update)
    [urn=urn:pulumi:net::fixture::fixture:index:Node$kubernetes:apps/v1:StatefulSet::node0-set]
    spec.replicas: 1 -> 3
`);
      expect(diff).toContain("    data.greeting: hello -> good day\n");
    });

    test("as JSON is what pulumi preview --json prints", async () => {
      fixture.stack("net", { ...one, replicas: 3 });
      const { code, stdout } = await fixture.command("preview", "net", "--json");
      const digest = JSON.parse(stdout);
      expect(digest).toMatchObject({ changeSummary: { same: 9, update: 1 }, policyViolations: [] });
      expect(digest.steps.map(({ op }: { op: string }) => op).sort()).toEqual(["read", "same", "update"]);
      expect(digest.steps.find(({ op }: { op: string }) => op === "update")).toMatchObject({
        detailedDiff: { "spec.replicas": { kind: "update", inputDiff: false } },
        diffReasons: ["spec"],
        oldState: { inputs: { spec: { replicas: 1 } } },
        newState: { inputs: { spec: { replicas: 3 } } },
      });
      expect(digest.duration).toBeGreaterThan(0);
      expect(code).toBe(0);
    });

    test("never shows a secret", async () => {
      const store = JSON.parse(readFileSync(join(fixture.dir, ".baas", "random", "net.json"), "utf8"));
      const [entry] = Object.values<any>(store.values);
      for (const args of [[], ["--diff"], ["--json"]]) {
        expect((await fixture.command("preview", "net", ...args)).stdout).not.toContain(entry.outputs.result);
      }
    });
  });

  test("of a program that fails shows its message, and exits with 1", async () => {
    fixture.case("runError");
    const text = await fixture.command("preview", "runError");
    expect(text).toEqual({
      code: 1,
      stdout: "",
      stderr: `Previewing runError:

Diagnostics:
  pulumi:pulumi:Stack (fixture-runError):
    error: stacks/Pulumi.case.yaml: nodes is 0; 1 or more are needed
`,
    });
    const json = await fixture.command("preview", "runError", "--json");
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      steps: [],
      changeSummary: {},
      diagnostics: [
        { severity: "error", message: "error: stacks/Pulumi.case.yaml: nodes is 0; 1 or more are needed\n" },
      ],
    });
  });

  test("against a revision at which the program does not run says so", async () => {
    fixture.case("rewritten", { case: "runError" });
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { cwd: fixture.dir });
    writeFileSync(join(fixture.dir, ".gitignore"), "node_modules\n.baas\n");
    git("init", "--quiet");
    git("add", "--all");
    git("commit", "--quiet", "--message", "start");
    fixture.stack("rewritten", { network: { nodes: 1 } });
    const { code, stdout } = await fixture.command("preview", "rewritten", "--base", "HEAD");
    expect(stdout).toMatch(/warning: the program does not run at HEAD \(\w+\), so nothing is compared with it:/);
    expect(stdout).toMatch(/compared with HEAD \(\w+\), where its program does not run/);
    expect(code).toBe(0);
  });

  test("refuses what the checks refuse, and names it", async () => {
    fixture.case("unknownSpec");
    const { code, stderr } = await fixture.command("preview", "unknownSpec");
    expect(stderr).toContain(
      'error: "pod" (kubernetes:core/v1:Pod): spec.containers[0].env[0].value is not known before apply',
    );
    expect(code).toBe(1);
  });

  test("ends when the project's file cannot be read", async () => {
    const broken = new Fixture();
    writeFileSync(join(broken.dir, "Pulumi.yaml"), "name: [\n");
    mkdirSync(join(broken.dir, "policies"));
    writeFileSync(join(broken.dir, "policies", "PulumiPolicy.yaml"), "runtime: nodejs\n");
    const { code, stdout, stderr } = await broken.command("preview", "net");
    broken.remove();
    expect(stderr).toContain("Pulumi.yaml");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test("of a stack that is not there lists those that are", async () => {
    const { code, stderr } = await fixture.command("preview", "nett");
    expect(stderr).toContain('error: there is no stack "nett" (no stacks/Pulumi.nett.yaml); there are: net, platform');
    expect(code).toBe(1);
  });

  test.each([
    [[], "no stack given: name one, or use --all"],
    [["a", "b"], "too many arguments for 'preview'"],
    [["a", "--yes"], "unknown option '--yes'"],
  ])("explains itself when called with %j", async (args, message) => {
    const { code, stdout, stderr } = await fixture.command("preview", ...args);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test("explains itself when asked", async () => {
    const { code, stdout } = await fixture.command("preview", "--help");
    expect(stdout).toContain("Usage: baas preview [options] [stack]");
    expect(code).toBe(0);
  });
});
