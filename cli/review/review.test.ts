import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { TestProject } from "../../model/testing";
import { UserError } from "../../model/userError";
import { plain } from "../common/colors";
import { relaxedText, violationsText } from "../engine/policyPack/violationsText";
import { changedStacks } from "./changedStacks";
import { checkPullRequest, type CheckResult } from "./review";

let project: TestProject;
const declared = {
  project: "p",
  projectDir: ".",
  workingDir: ".",
  stack: "one",
  registrations: [],
  references: [],
  outputs: {},
  diagnostics: [],
};
const violation = { policy: "p", pack: "pack", packVersion: "1", level: "advisory", message: "m" } as const;
const git = (...args: string[]): string =>
  execFileSync("git", ["-C", project.dir, "-c", "user.name=test", "-c", "user.email=test@example.com", ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });

const ends = (text: string, code = 0): string => `#!/bin/sh\necho '${text}'\nexit ${code}\n`;

/** Writes doubles of the programs that the check runs: scripts, `npm test`, and the command. */
function scripts(more: Record<string, string> = {}): void {
  const { test = "echo tested", ...others } = more;
  project.write("package.json", JSON.stringify({ name: "fixture", scripts: { test: `${test} #` } }));
  const all = { ".ci/style": ends("tidy"), ".ci/types": ends("typed"), baas: command(), ...others };
  for (const [file, text] of Object.entries(all)) {
    project.write(file, text);
    chmodSync(join(project.dir, file), 0o755);
  }
}

/** A double of `./baas`. */
function command({ diff = "echo '**domain** changes'", preview = "echo previewed" } = {}): string {
  return `#!/bin/sh\ncase "$1" in\n  diff) ${diff};;\n  preview) ${preview};;\nesac\n`;
}

beforeEach(() => {
  project = new TestProject();
  project.environment("local");
  project.environment("far");
  project.network("one");
  project.network("two", { environment: "far" });
  project.write("infra/index.ts", "\n");
  project.write(".gitignore", ".baas/\n");
  scripts();
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("commit", "--quiet", "--message=start");
  git("checkout", "--quiet", "-b", "change");
});
afterEach(() => project.remove());

describe("stacks that a change concerns", () => {
  it.each([
    ["their own file", "stacks/Pulumi.one.yaml", ["one"]],
    ["their environment", "stacks/environments/far.yaml", ["two"]],
    ["the program", "infra/index.ts", ["one", "two"]],
    ["a chaincode", "chaincode/asset-transfer/Dockerfile", ["one", "two"]],
    ["dependencies", "package-lock.json", ["one", "two"]],
    ["a document", "infra/README.md", []],
    ["a test", "infra/index.test.ts", []],
  ])("by %s", async (_what, file, stacks) => {
    project.write(file, `${existsSync(join(project.dir, file)) ? project.read(file) : ""}\n`);
    expect(await changedStacks(project.dir, "main")).toEqual({ stacks, gone: [] });
    git("add", "--all");
    git("commit", "--quiet", "--message=change");
    expect(await changedStacks(project.dir, "main")).toEqual({ stacks, gone: [] });
  });

  it("are not those that only the base has changed since", async () => {
    git("checkout", "--quiet", "main");
    project.write("infra/index.ts", "// newer\n");
    git("commit", "--quiet", "--all", "--message=newer");
    git("checkout", "--quiet", "change");
    expect(await changedStacks(project.dir, "main")).toEqual({ stacks: [], gone: [] });
  });

  it("are all of them without a base; one without a file is told", async () => {
    expect(await changedStacks(project.dir)).toEqual({ stacks: ["one", "two"], gone: [] });
    rmSync(join(project.dir, "stacks", "Pulumi.two.yaml"));
    expect(await changedStacks(project.dir, "main")).toEqual({ stacks: [], gone: ["two"] });
  });

  it("may be gone as .yml files, and in no other folder", async () => {
    git("checkout", "--quiet", "main");
    for (const file of ["stacks/Pulumi.three.yml", "stacks/old/Pulumi.four.yaml"]) project.write(file, "config: {}\n");
    git("add", "--all");
    git("commit", "--quiet", "--message=more");
    git("checkout", "--quiet", "-b", "less");
    for (const file of ["stacks/Pulumi.three.yml", "stacks/old/Pulumi.four.yaml"]) rmSync(join(project.dir, file));
    expect(await changedStacks(project.dir, "main")).toEqual({ stacks: [], gone: ["three"] });
  });

  it("include one whose file cannot be read", async () => {
    project.write("stacks/Pulumi.one.yaml", "config: [");
    expect((await changedStacks(project.dir, "main")).stacks).toEqual(["one"]);
  });

  it.each(["nowhere", "--output=evil"])("cannot be told from a base that Git does not know: %s", async (base) => {
    await expect(changedStacks(project.dir, base)).rejects.toThrow(UserError);
    expect(existsSync(join(project.dir, "evil"))).toBe(false);
  });
});

describe("the check", () => {
  const run = (base?: string): Promise<CheckResult> =>
    checkPullRequest({
      projectDir: project.dir,
      base,
      folder: join(project.dir, ".baas", "check"),
      artifacts: "https://example.com/run",
      graphOf: async (name) => ({ name, domain: "d", facts: [], channels: [], boxes: [], links: [], notes: [] }),
      done: () => undefined,
    });

  it("runs every step, compares, previews and draws the changed stacks, and writes the comment", async () => {
    project.network("one", { domain: "other.example.com" });
    const { ok, outcomes, comment, pictures } = await run("main");
    expect(outcomes.map(({ name, ok }) => [name, ok])).toEqual([
      ["lint", true],
      ["type check", true],
      ["unit tests", true],
      ["diff", true],
      ["preview of one", true],
    ]);
    expect(ok).toBe(true);
    expect(pictures).toEqual([join(project.dir, ".baas", "check", "one.svg")]);
    expect(readFileSync(pictures[0]!, "utf8")).toContain('<title id="title">Network one</title>');
    const text = readFileSync(comment, "utf8").replace(/\d+ s \|/g, "0 s |");
    expect(text).toMatchInlineSnapshot(`
      "<!-- baas: npm run check -->

      ### Check passed

      | | step | by hand | time |
      |---|---|---|---|
      | ✅ | lint | \`.ci/style\` | 0 s |
      | ✅ | type check | \`.ci/types\` | 0 s |
      | ✅ | unit tests | \`npm test --silent -- --project unit --project chaincode\` | 0 s |
      | ✅ | diff | \`./baas diff --all --base main --markdown\` | 0 s |
      | ✅ | preview of one | \`./baas preview one --base main\` | 0 s |

      Stacks that may change: one.

      Not run here: the tests that need a Kubernetes. \`npm test\` runs them.

      Pictures as SVG: [files of this run](https://example.com/run).

      <details open><summary>What changes</summary>

      **domain** changes

      </details>

      <details><summary>Picture of one</summary>

      \`\`\`mermaid
      flowchart LR
      \`\`\`

      </details>

      <details><summary>Preview of one</summary>

      \`\`\`
      previewed
      \`\`\`

      </details>
      "
    `);
  });

  it("starts no further step once it is interrupted", async () => {
    scripts({ ".ci/types": `#!/bin/sh\ntouch ${join(project.dir, "typed")}\n` });
    const controller = new AbortController();
    const { outcomes } = await checkPullRequest({
      projectDir: project.dir,
      folder: join(project.dir, ".baas", "check"),
      graphOf: async () => undefined,
      done: () => controller.abort(),
      signal: controller.signal,
    });
    expect(outcomes.find(({ name }) => name === "type check")).toMatchObject({ ok: false, output: "" });
    expect(existsSync(join(project.dir, "typed"))).toBe(false);
  });

  it("goes on after a failure, and shows what failed", async () => {
    scripts({ ".ci/style": ends("untidy", 1), baas: command({ preview: "echo port 80 is taken; exit 2" }) });
    const { ok, outcomes, comment } = await run();
    expect(ok).toBe(false);
    expect(outcomes.filter((outcome) => !outcome.ok).map(({ name }) => name)).toEqual([
      "lint",
      "preview of one",
      "preview of two",
    ]);
    const text = readFileSync(comment, "utf8");
    expect(text).toContain("### Check failed: lint, preview of one, preview of two");
    expect(text).toMatch(/<details open><summary>What lint wrote<\/summary>\n\n```\nuntidy\n```/);
    expect(text).toContain("port 80 is taken");
  });

  it.each([
    ["a violation", violationsText([violation], declared, plain)],
    ["a lowered level", relaxedText({ relaxed: [{ policy: "p", level: "disabled" }], changed: [] })],
    [
      "a changed setting",
      relaxedText({ relaxed: [], changed: [{ policy: "p", setting: "least", before: 3, after: 1 }] }),
    ],
  ])("opens a preview with %s", async (_, text) => {
    project.write("shown", `Preview\n${text}`);
    scripts({ baas: command({ preview: "cat shown" }) });
    const { comment } = await run();
    expect(readFileSync(comment, "utf8")).toContain("<details open><summary>Preview of one</summary>");
  });
});
