import { chmodSync } from "node:fs";
import { delimiter, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { stacksByEnvironment } from "../../model/project/environmentStacks";
import { TestProject } from "../../model/testing";
import { UserError } from "../../model/userError";
import { runCommandIn } from "../engine/testing/fixture";
import { deploy } from "./deploy";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  project.environment("far");
  project.environment("local", { images: { project: "registry.local", push: false } });
  project.write("stacks/Pulumi.platform-far.yaml", "config: { baas:platform: { environment: far } }\n");
  project.network("alpha", { environment: "far" });
  project.network("zeta", { environment: "far" });
  project.network("home");
});
afterEach(() => {
  vi.unstubAllEnvs();
  project.remove();
});

/** A Pulumi CLI that writes down what it was asked, and fails for one of these. */
function pulumi(failsFor = "nothing"): void {
  const script = `#!/bin/sh
echo "$* \${PULUMI_ACCESS_TOKEN-none}" >> calls
echo "\${PULUMI_CONFIG_PASSPHRASE-none}" > passphrase
case "$*" in *"${failsFor}"*) exit 255;; esac
`;
  project.write("bin/pulumi", script);
  chmodSync(join(project.dir, "bin", "pulumi"), 0o755);
  vi.stubEnv("PATH", `${join(project.dir, "bin")}${delimiter}${process.env.PATH}`);
}

const up = (...stacks: string[]) => deploy({ projectDir: project.dir, stacks, say: () => undefined });
const calls = (): string[] => project.read("calls").trimEnd().split("\n");

describe("a deployment", () => {
  it("previews, updates, and expects no change afterwards", async () => {
    pulumi();
    vi.stubEnv("PULUMI_ACCESS_TOKEN", "");
    project.write("policies/PulumiPolicy.yaml", "runtime: nodejs\n");
    await up("alpha");
    expect(calls()).toEqual([
      "--non-interactive stack select --create alpha none",
      "--non-interactive preview --stack alpha --diff --policy-pack policies none",
      "--non-interactive up --stack alpha --yes --skip-preview --policy-pack policies none",
      "--non-interactive preview --stack alpha --expect-no-changes --policy-pack policies none",
    ]);
  });

  it.each([
    ["an empty passphrase, which is valid", "", "", "\n"],
    ["no empty passphrase beside a file with one", "", "phrase.txt", "none\n"],
    ["the passphrase", "of a test", "", "of a test\n"],
  ])("gives the CLI %s", async (_, passphrase, file, given) => {
    pulumi();
    vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", passphrase);
    vi.stubEnv("PULUMI_CONFIG_PASSPHRASE_FILE", file);
    await up("alpha");
    expect(project.read("passphrase")).toBe(given);
  });

  it("ends with the first failure: no network without its platform", async () => {
    pulumi("up --stack platform-far");
    await expect(up("platform-far", "alpha")).rejects.toThrow(
      new UserError("platform-far: pulumi up ended with 255; its output is above"),
    );
    expect(calls()).toHaveLength(3);
  });

  it("says what to do where there is no Pulumi CLI", async () => {
    vi.stubEnv("PATH", join(project.dir, "bin"));
    await expect(up("alpha")).rejects.toThrow("there is no Pulumi CLI: https://www.pulumi.com/docs/install");
  });
});

describe("the stacks of an environment", () => {
  it("are its platform, then its networks by name", () => {
    expect(stacksByEnvironment(project.dir)).toEqual({
      problems: [],
      environments: [
        { environment: "far", context: "test", pushesImages: true, stacks: ["platform-far", "alpha", "zeta"] },
        { environment: "local", context: "test", pushesImages: false, stacks: ["home"] },
      ],
    });
  });

  it("are printed for people and for workflows", async () => {
    const stacks = (...args: string[]) => runCommandIn(project.dir, "stacks", ...args);
    expect((await stacks()).stdout).toBe(
      "far (context test): platform-far, alpha, zeta\nlocal (context test, images are not pushed): home\n",
    );
    expect(JSON.parse((await stacks("--pushed", "--json")).stdout)).toEqual([
      { environment: "far", context: "test", pushesImages: true, stacks: ["platform-far", "alpha", "zeta"] },
    ]);
    expect((await stacks("--environment", "local", "--json")).stdout.split("\n")).toHaveLength(2);
    expect(await stacks("--environment", "near")).toEqual({
      code: 1,
      stdout: "",
      stderr: 'there is no environment "near"; there are: far, local\n',
    });
  });

  it("are all listed when a file has mistakes, which are printed, too, and the command ends with 1", async () => {
    project.network("alpha", { environment: "far", ordering: { type: "rafft" } });
    project.write("stacks/Pulumi.torn.yaml", "config: {");
    project.write("stacks/environments/local.yaml", "context: 5\n");
    const { code, stdout, stderr } = await runCommandIn(project.dir, "stacks");
    expect(code).toBe(1);
    expect(stdout).toBe("far (context test): platform-far, alpha, zeta\nlocal (its file has mistakes): home\n");
    expect(stderr).toBe(`Problems:
  stacks/environments/local.yaml: (environment).context: 5 is not allowed: a text is expected; put it in quotes
  stacks/environments/local.yaml: (environment).images: is missing (object)
  stacks/Pulumi.alpha.yaml: baas:network.ordering.type: "rafft" is not allowed. Allowed: etcdraft, kafka
  stacks/Pulumi.torn.yaml: (file): is not valid YAML: unexpected end of the stream within a flow collection at line 1, column 10
`);
    expect(JSON.parse((await runCommandIn(project.dir, "stacks", "--json")).stdout)).toMatchObject([
      { environment: "far", context: "test", stacks: ["platform-far", "alpha", "zeta"] },
      { environment: "local", context: null, pushesImages: null, stacks: ["home"] },
    ]);
  });

  it("are brought up although one of another environment has mistakes, but not with mistakes of their own", async () => {
    pulumi();
    project.network("alpha", { environment: "far", ordering: { type: "rafft" } });
    expect(await runCommandIn(project.dir, "deploy", "local")).toMatchObject({ code: 0, stderr: "" });
    const before = calls().length;
    expect((await runCommandIn(project.dir, "deploy", "far")).stderr).toContain("baas:network.ordering.type");
    project.write("stacks/Pulumi.torn.yaml", "config: {");
    expect((await runCommandIn(project.dir, "deploy", "local")).stderr).toContain("stacks/Pulumi.torn.yaml");
    expect(calls()).toHaveLength(before);
  });

  it("are brought up by the command of that name, and no others", async () => {
    pulumi();
    expect(await runCommandIn(project.dir, "deploy", "local")).toMatchObject({ code: 0, stderr: "" });
    expect(calls().every((call) => call.includes("home"))).toBe(true);
    expect((await runCommandIn(project.dir, "deploy", "near")).stderr).toBe(
      'there is no environment "near"; there are: far, local\n',
    );
  });
});
