/** What the README says about the Pulumi CLI, line by line, in a fresh clone. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it } from "vitest";

import { whyUnsupported } from "../../local-cluster/host";
import { PulumiCli, whyNoPulumi } from "../pulumi/pulumiCli";

const repository = join(__dirname, "../..");
const minutes = 60_000;

it("the README's section about the CLI brings up a network", { timeout: 20 * minutes }, async ({ skip }) => {
  const archives = process.env.FABRIC_ARCHIVES?.split(":");
  const skipReason =
    (await whyUnsupported()) ??
    (await whyNoPulumi()) ??
    (archives === undefined ? "FABRIC_ARCHIVES is not set: release archives of Fabric and Fabric CA" : undefined);
  skip(skipReason !== undefined, skipReason);
  const clone = mkdtempSync(join(tmpdir(), "baas-clone-"));
  execFileSync("git", ["clone", "--quiet", repository, clone]);
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: clone });
  const pulumi = PulumiCli.for(clone, { PULUMI_SKIP_CONFIRMATIONS: "true" });
  try {
    const lines = commandsOf(/^## With the Pulumi CLI\n.*?```console\n(.*?)```/ms).flatMap((line) =>
      // As docs/local-kubernetes.md says where Fabric's images cannot be pulled.
      line === "./baas local up" ? [line, ...archives!.map((file) => `./baas local load ${file}`)] : [line],
    );
    const transactions = "./baas local kubectl -n dev get jobs -o jsonpath={.items[*].status.succeeded}";
    const { status, stdout, output } = await pulumi.shell(["set -e", ...lines, transactions].join("\n"));
    expect(status, output).toBe(0);
    expect(stdout).toMatch(/1$/);
  } finally {
    await pulumi.shell("./baas local down --purge");
    pulumi.remove();
    rmSync(clone, { recursive: true, force: true });
  }
});

/** The commands in a part of the README. */
function commandsOf(part: RegExp): string[] {
  const [, block] = part.exec(readFileSync(join(repository, "README.md"), "utf8"))!;
  return block!.split("\n").flatMap((line) => (line.startsWith("$ ") ? [line.slice(2)] : []));
}
