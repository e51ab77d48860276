/** The entry point of the pack under the Pulumi CLI: `pulumi preview --policy-pack policies` starts here, by main.cjs. */
import { dirname } from "node:path";

import { PolicyPack, type PolicyPackConfig } from "@pulumi/policy";

import { readProfile, settableOf } from "../model/project/policyProfile";
import { policyPack } from "./pack";

// The CLI starts a pack in the pack's folder, which is inside the project's folder.
const projectDir = dirname(process.cwd());
const pack = policyPack(projectDir);

/**
 * The profile of the stack that the CLI works on. The CLI merges it with `--policy-pack-config`, checks it against the
 * policies' schemas, and returns it by the protocol's Configure.
 */
function initialConfiguration(stack: string | undefined): PolicyPackConfig {
  if (stack === undefined) return {};
  const settable = settableOf(pack);
  const usual = new Map(settable.map(({ name, level }) => [name, level]));
  return Object.fromEntries(
    Object.entries(readProfile(projectDir, stack, settable)).map(([name, { level, settings }]) => [
      name,
      // Without a level, the CLI would make a policy with settings advisory.
      { enforcementLevel: level ?? usual.get(name)!, ...settings },
    ]),
  );
}

new PolicyPack(
  pack.name,
  { description: pack.description, enforcementLevel: "mandatory", policies: pack.policies },
  initialConfiguration(process.env.PULUMI_NODEJS_STACK),
);
