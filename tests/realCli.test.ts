/** The policies under a real Pulumi CLI, if installed: it must refuse the same stacks as baas. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { preview } from "../cli/engine/preview/preview";
import { policyPackIn } from "../policies/pack";
import { ProjectCopy } from "./projectCopy";

// A network would need the outputs of its platform, which a preview alone does not have.
const stack = "platform-local";
const file = `stacks/Pulumi.${stack}.yaml`;
const minutes = 60_000;

let skipReason: string | undefined;
let project: ProjectCopy;
let backend: string;

const answers = (program: string, argument: string): boolean =>
  spawnSync(program, [argument], { stdio: "ignore", timeout: 1 * minutes }).status === 0;

beforeAll(() => {
  if (!answers("pulumi", "version")) skipReason = "the Pulumi CLI is not in PATH";
  else if (!answers("docker", "info")) skipReason = "no Docker engine answers, which @pulumi/docker needs";
  if (skipReason !== undefined) return;
  project = new ProjectCopy();
  backend = mkdtempSync(join(tmpdir(), "baas-backend-"));
  // It writes the salt of the stack's secrets into its file.
  expect(pulumi("stack", "init", stack).output).toContain(stack);
}, 5 * minutes);

beforeEach((context) => {
  if (skipReason !== undefined) context.skip(skipReason);
});

afterAll(() => {
  if (skipReason !== undefined) return;
  project.remove();
  rmSync(backend, { recursive: true, force: true });
});

function pulumi(...args: string[]): { status: number | null; output: string } {
  const env = { ...process.env, PULUMI_BACKEND_URL: `file://${backend}`, PULUMI_CONFIG_PASSPHRASE: "of a test" };
  const options = { cwd: project.dir, env, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync("pulumi", [...args, "--non-interactive", "--color", "never"], options);
  return { status, output: `${stdout}${stderr}` };
}

const previewed = () => pulumi("preview", "--stack", stack, "--policy-pack", "policies");

it(
  "lets pass what violates no policy",
  () => {
    const { status, output } = previewed();
    expect(output).not.toContain("Policy Violations");
    expect(status).toBe(0);
  },
  10 * minutes,
);

it.each([
  ["resources-bounds", "{ roles: { controller: { mostMemory: 1Mi } } }"],
  ["resources-budget", "{ cpu: 1m }"],
])(
  "refuses what ./baas preview refuses, with the same messages: %s",
  async (policy, settings) => {
    const [, salt = ""] = /^(encryptionsalt: .*)$/m.exec(project.read(file)) ?? [];
    project.restore(file);
    project.edit(file, "config:", `${salt}\nconfig:`);
    project.edit(file, "environment: local", `environment: local\n    policies: { ${policy}: ${settings} }`);
    const { violations } = await preview(project.dir, stack, { policies: policyPackIn(project.dir) });
    expect(violations.map((violation) => violation.policy)).toEqual([policy]);
    const { status, output } = previewed();
    expect(output).toContain(policy);
    for (const line of violations[0]!.message.split("\n")) expect(output).toContain(line);
    expect(status).not.toBe(0);
  },
  10 * minutes,
);
