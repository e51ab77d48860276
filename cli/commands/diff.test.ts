import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { runProgram } from "../engine/program/programs";
import { writeRecord } from "../engine/record/writeRecord";
import { Fixture } from "../engine/testing/fixture";

let fixture: Fixture;
beforeAll(() => {
  fixture = new Fixture();
});
afterAll(() => fixture.remove());

const one = { network: { nodes: 1 } };

function git(...args: string[]): string {
  const who = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...who, ...args], { cwd: fixture.dir, encoding: "utf8", stdio: "pipe" }).trim();
}

const plainTimes = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, "TIME").replace(/\([0-9a-f]{7}\)/g, "(COMMIT)");

async function shown(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await fixture.command("diff", ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return plainTimes(stdout);
}

describe("diff with what was applied or rendered", () => {
  beforeEach(() => fixture.stack("net", one));

  test("shows a stack as new that was neither", async () => {
    expect(await shown("net")).toBe(`net, compared with nothing: this stack was neither applied nor rendered from here:
The stack is new.

Objects: 5 to create
  +  Namespace net
  +  Secret credentials
  +  ConfigMap node0
  +  StatefulSet node0
  +  Channel trades
`);
  });

  test("shows what changed since the last render", async () => {
    await fixture.command("render", "net", "--out", "manifests");
    expect(await shown("net")).toBe("net, compared with the render of TIME to manifests:\nNothing changes.\n");
    fixture.stack("net", { network: { nodes: 2 }, greeting: "good day", replicas: 3 });
    expect(await shown("net")).toMatchInlineSnapshot(`
      "net, compared with the render of TIME to manifests:

      Objects: 2 to create, 3 to update
        ~  ConfigMap node0
             data.greeting: hello -> good day
        ~  StatefulSet node0
             spec.replicas: 1 -> 3
        ~  Channel trades
             + spec.nodes[1]: node1.net.svc
        +  ConfigMap node1
        +  StatefulSet node1
      "
    `);
  });

  test("shows what changed since the last apply, when that was later, and never a secret", async () => {
    const result = await runProgram({ projectDir: fixture.dir, stack: "net", dryRun: false });
    writeRecord(result, "fixture");
    expect(await shown("net")).toBe('net, compared with the apply of TIME to context "fixture":\nNothing changes.\n');
    const program = join(fixture.dir, "infra", "index.ts");
    const source = readFileSync(program, "utf8");
    writeFileSync(
      program,
      source.replace('round: "1"', 'round: "2"').replace('metadata: { name: "trades"', 'metadata: { name: "other"'),
    );
    const text = await shown("net");
    const json = await shown("net", "--json");
    writeFileSync(program, source);
    expect(text).toMatchInlineSnapshot(`
      "net, compared with the apply of TIME to context "fixture":

      Careful:
        ! RandomPassword password: a new random value replaces it: what the old one protects can no longer be opened
        ! Secret credentials: replaced; its data change: holders of the old data lose access
        ! Channel other: replaced; management restarts under another name; the ledgers of the old one stay

      Objects: 2 to replace
        +- Secret credentials
             stringData: [secret] -> [secret]
        +- Channel other
             metadata.name: trades -> other
      "
    `);
    const store = JSON.parse(readFileSync(join(fixture.dir, ".baas", "random", "net.json"), "utf8"));
    const [{ outputs }] = Object.values<any>(store.values);
    for (const printed of [text, json]) expect(printed).not.toContain(outputs.result);
  });
});

describe("diff with a revision", () => {
  beforeAll(() => {
    fixture.stack("net", one);
    fixture.stack("old", one);
    fixture.case("broken", { case: "runError" });
    writeFileSync(join(fixture.dir, ".gitignore"), "node_modules\n.baas\nmanifests\n");
    git("init", "--quiet", "--initial-branch", "main");
    git("add", "--all");
    git("commit", "--quiet", "--message", "Begin");
    // A change on main after the branch left it does not count as this branch's change.
    git("switch", "--quiet", "--create", "topic");
    git("commit", "--quiet", "--allow-empty", "--message", "Go on");
    git("switch", "--quiet", "main");
    fixture.stack("net", { ...one, greeting: "from somebody else" });
    git("commit", "--quiet", "--all", "--message", "Change something else");
    git("switch", "--quiet", "topic");
    fixture.stack("net", { ...one, greeting: "`good` day" });
    fixture.stack("young", one);
    fixture.stack("broken", one);
    rmSync(join(fixture.dir, "stacks", "Pulumi.old.yaml"));
  });

  test("compares with the commit where the branch left it", async () => {
    expect(await shown("net", "--base", "main")).toMatchInlineSnapshot(`
      "net, compared with main where this branch left it (COMMIT):

      Objects: 1 to update
        ~  ConfigMap node0
             data.greeting: hello -> \`good\` day
      "
    `);
  });

  test("of all stacks is one comment for a pull request", async () => {
    expect(await shown("--all", "--base", "main", "--markdown")).toMatchInlineSnapshot(`
      "## What changes in the networks

      Compared with main where this branch left it (COMMIT).

      ### broken (nothing to compare with)

      \`\`\`text
      its program does not run at main where this branch left it (COMMIT):
      stacks/Pulumi.case.yaml: nodes is 0; 1 or more are needed
      \`\`\`


      ### net

      <details>
      <summary>Objects: 1 to update</summary>

      \`\`\`text
      ~  ConfigMap node0
           data.greeting: hello -> \`good\` day
      \`\`\`

      </details>

      ### old (gone)

      > [!WARNING]
      > - stack old: removed, but its objects stay in the cluster: run ./baas destroy before removing the stack file

      <details>
      <summary>Objects: 5 to delete</summary>

      \`\`\`text
      -  Channel trades
      -  StatefulSet node0
      -  ConfigMap node0
      -  Secret credentials
      -  Namespace old, which stays in the cluster
      \`\`\`

      </details>

      ### young (new)

      <details>
      <summary>Objects: 5 to create</summary>

      \`\`\`text
      +  Namespace young
      +  Secret credentials
      +  ConfigMap node0
      +  StatefulSet node0
      +  Channel trades
      \`\`\`

      </details>

      Unchanged against main where this branch left it (COMMIT): platform.
      "
    `);
  });

  test("as JSON has every key for every stack", async () => {
    const { stacks, comparedWith } = JSON.parse(await shown("--all", "--base", "HEAD", "--json"));
    expect(comparedWith).toBe("HEAD (COMMIT)");
    expect(stacks.map(({ stack, status }: any) => `${stack}: ${status}`)).toEqual([
      "broken: incomparable",
      "net: changed",
      "old: deleted",
      "platform: unchanged",
      "young: created",
    ]);
    expect(stacks[1]).toEqual({
      stack: "net",
      comparedWith: "HEAD (COMMIT)",
      status: "changed",
      errors: [],
      notes: [],
      network: [],
      restarts: [],
      warnings: [],
      images: [],
      objects: [
        {
          action: "update",
          kind: "ConfigMap",
          namespace: "net",
          name: "node0",
          fields: [{ path: "data.greeting", before: "hello", after: "`good` day" }],
          retained: false,
        },
      ],
      counts: { create: 0, update: 1, replace: 0, delete: 0 },
    });
    for (const stack of stacks) expect(Object.keys(stack).sort()).toEqual(Object.keys(stacks[1]).sort());
  });

  test("ends with 2 for changes when asked to, with 0 without them, with 1 for a stack that would be refused", async () => {
    expect((await fixture.command("diff", "net", "--base", "HEAD", "--exit-code")).code).toBe(2);
    expect((await fixture.command("diff", "platform", "--base", "HEAD", "--exit-code")).code).toBe(0);
    fixture.case("young", { case: "secretSpec" });
    const { code, stdout } = await fixture.command("diff", "young", "--base", "HEAD", "--exit-code");
    fixture.stack("young", one);
    expect(stdout).toContain('Errors:\n  "pod" (kubernetes:core/v1:Pod): spec.containers[0].env[0].value is a secret');
    expect(code).toBe(1);
  });

  test.each([
    [["net", "--base", "nowhere"], 'there is no revision "nowhere" here\n  -> Fetch it first (git fetch origin)'],
    [["nett", "--base", "HEAD"], 'there is no stack "nett"'],
    [["nett"], 'there is no stack "nett"'],
    [["net", "--base", "HEAD", "--live"], "give either --base or --live"],
    [["net", "--context", "x"], "--context needs --live"],
    [["net", "--all"], 'give either --all or the stack "net"'],
    [[], "no stack given"],
  ])("refuses %j", async (args, message) => {
    const { code, stdout, stderr } = await fixture.command("diff", ...args);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });
});
