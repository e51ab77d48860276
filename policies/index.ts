/** The entry point of the pack under the Pulumi CLI: `pulumi preview --policy-pack policies` starts here, by main.cjs. */
import { dirname } from "node:path";

import { PolicyPack } from "@pulumi/policy";

import { policyPackConfig, readProfile, settableOf } from "../model/project/policyProfile";
import { policyPack } from "./pack";

// The CLI starts a pack in the pack's folder, which is inside the project's folder.
const projectDir = dirname(process.cwd());
const pack = policyPack(projectDir);

/**
 * The profile of the stack that the CLI works on. The CLI merges it with `--policy-pack-config`, checks it against the
 * policies' schemas, and returns it by the protocol's Configure.
 */
function initialConfiguration(stack: string | undefined) {
  if (stack === undefined) return {};
  const settable = settableOf(pack);
  return policyPackConfig(readProfile(projectDir, stack, settable), settable);
}

new PolicyPack(
  pack.name,
  { description: pack.description, enforcementLevel: "mandatory", policies: pack.policies },
  initialConfiguration(process.env.PULUMI_NODEJS_STACK),
);
