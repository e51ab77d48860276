/** `baas policies`: how policies are taken in a stack, and their documentation. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Configuration, configurationOf, readProfile } from "../../model/project/policyProfile";
import { documentation } from "../../policies/documentation";
import { settable } from "../../policies/pack";
import { findProject } from "../common/project";

/** Writes docs/policies.md. */
export async function docs(): Promise<number> {
  writeFileSync(join(findProject(), "docs", "policies.md"), await documentation());
  process.stderr.write("wrote docs/policies.md\n");
  return 0;
}

/** Prints how policies are taken in a stack. */
export function config({ stack }: { stack: string }): number {
  const configuration = configurationOf(settable(), readProfile(findProject(), stack, settable()));
  process.stdout.write(`${JSON.stringify(policyPackConfig(configuration), undefined, 2)}\n`);
  return 0;
}

function policyPackConfig(configuration: Configuration): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(configuration).map(([name, { level, settings }]) => [
      name,
      { enforcementLevel: level, ...settings },
    ]),
  );
}
