/** Deploys an environment with the Pulumi CLI: its platform, then its networks. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { baas } from "../../model/baasCommand";
import { UserError } from "../../model/userError";

/** The stacks to deploy, and how to report progress. */
export interface DeployOptions {
  projectDir: string;
  /** In this order. */
  stacks: readonly string[];
  say: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * Runs for each stack a preview, the update with the policy pack, and a second preview that expects no change. It stops at
 * the first failure: networks need their platform.
 *
 * @throws {@link UserError} when there is no Pulumi CLI, or it fails
 */
export async function deploy({ projectDir, stacks, say, signal }: DeployOptions): Promise<void> {
  const policies = existsSync(join(projectDir, "policies", "PulumiPolicy.yaml")) ? ["--policy-pack", "policies"] : [];
  const pulumi = async (stack: string, ...args: string[]): Promise<void> => {
    if (signal?.aborted === true) throw new UserError("interrupted");
    say(`\n${stack}: pulumi ${args.join(" ")}`);
    const code = await run(projectDir, ["--non-interactive", ...args]);
    if (code !== 0) throw new UserError(`${stack}: pulumi ${args[0]} ended with ${code}; its output is above`);
  };
  for (const stack of stacks) {
    await pulumi(stack, "stack", "select", "--create", stack);
    await pulumi(stack, "preview", "--stack", stack, "--diff", ...policies);
    await pulumi(stack, "up", "--stack", stack, "--yes", "--skip-preview", ...policies);
    await pulumi(stack, "preview", "--stack", stack, "--expect-no-changes", ...policies);
  }
}

function run(cwd: string, args: readonly string[]): Promise<number> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name, value]) => value !== "" || !isNoValue(name)),
  );
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", args, { cwd, env, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT"
          ? new UserError(
              `there is no Pulumi CLI: https://www.pulumi.com/docs/install; ${baas("apply")} does not need it`,
            )
          : error,
      ),
    );
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/**
 * Whether an empty variable means that there is none: GitHub passes a secret that is not set as an empty text, and the CLI would
 * use it as a value. A passphrase may be empty.
 */
function isNoValue(name: string): boolean {
  if (name === "PULUMI_CONFIG_PASSPHRASE") return (process.env.PULUMI_CONFIG_PASSPHRASE_FILE ?? "") !== "";
  return name.startsWith("PULUMI_");
}
