/** `npm run policies -- docs | config STACK`: what the policies are, and how they are taken in a stack. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Configuration, configurationOf, readProfile } from "../../model/project/policyProfile";
import { UserError } from "../../model/userError";
import { documentation } from "../../policies/documentation";
import { settable } from "../../policies/pack";
import { findProject, parseArguments, runCommand } from "../common/commandLine";

const usage = `usage: npm run policies -- docs
       npm run policies -- config STACK

  docs           writes docs/policies.md
  config STACK   prints how policies are taken in a stack, as "pulumi preview --policy-pack-config FILE" takes it.
                 There is no need to: the pack reads the same by itself
`;

runCommand(async ([what = "", ...args]) => {
  const projectDir = findProject();
  if (what === "docs") {
    writeFileSync(join(projectDir, "docs", "policies.md"), await documentation());
    console.log("wrote docs/policies.md");
    return 0;
  }
  if (what === "config") {
    const { stack } = parseArguments(args, { usage });
    const configuration = configurationOf(settable(), readProfile(projectDir, stack, settable()));
    console.log(JSON.stringify(policyPackConfig(configuration), undefined, 2));
    return 0;
  }
  throw new UserError(usage);
});

function policyPackConfig(configuration: Configuration): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(configuration).map(([name, { level, settings }]) => [
      name,
      { enforcementLevel: level, ...settings },
    ]),
  );
}
