/**
 * `npm run policies -- docs | config STACK | list`: what the policies are, and how they are taken in a stack.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { documentation } from "../../policies/documentation";
import { settable } from "../../policies/pack";
import { findProject, parseArguments, runCommand } from "../common/commandLine";
import { UserError } from "../../model/userError";
import { ConfigurationError } from "../../model/stackFile/findings";
import { configurationOf, readProfile, type Configuration } from "../../model/policies/policyProfile";

const usage = `usage: npm run policies -- docs
       npm run policies -- config STACK

  docs           writes docs/policies.md
  config STACK   prints how policies are taken in a stack, as "pulumi preview --policy-pack-config FILE" takes it.
                 There is no need to: the pack reads the same by itself
`;

async function main([what = "", ...args]: string[]): Promise<number> {
  const projectDir = findProject();
  if (what === "docs") {
    writeFileSync(join(projectDir, "docs", "policies.md"), await documentation());
    console.log("wrote docs/policies.md");
    return 0;
  }
  if (what === "config") {
    const { stack } = parseArguments(args, { usage });
    console.log(JSON.stringify(policyPackConfig(configuration(projectDir, stack)), undefined, 2));
    return 0;
  }
  throw new UserError(usage);
}

function configuration(projectDir: string, stack: string): Configuration {
  try {
    return configurationOf(settable(), readProfile(projectDir, stack, settable()));
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UserError(error.message);
    throw error;
  }
}

function policyPackConfig(configuration: Configuration): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(configuration).map(([name, { level, settings }]) => [
      name,
      { enforcementLevel: level, ...settings },
    ]),
  );
}

runCommand(main);
