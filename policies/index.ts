/** The entry point of the pack: `pulumi preview --policy-pack policies`, and the offline commands, start here. */
import { dirname } from "node:path";

import { PolicyPack, type PolicyPackConfig } from "@pulumi/policy";

import { readProfile } from "../model/project/policyProfile";
import { toPulumiPolicy } from "./kit/adapter";
import { packDescription, packName, policies, settable } from "./pack";

// The offline commands say which project they work on; under the CLI it is the one that the pack lies in.
const projectDir = process.env.BAAS_PROJECT_DIR ?? dirname(__dirname);

/**
 * The profile of the stack that the CLI works on. The CLI merges it with `--policy-pack-config`, checks it against the
 * policies' schemas, and gives it back by the protocol's Configure. The offline commands, for whom one pack serves many
 * stacks, configure each stack themselves.
 */
function initialConfiguration(stack: string | undefined): PolicyPackConfig {
  if (stack === undefined) return {};
  return Object.fromEntries(
    Object.entries(readProfile(projectDir, stack, settable())).map(([name, { level, settings }]) => [
      name,
      { ...(level !== undefined && { enforcementLevel: level }), ...settings },
    ]),
  );
}

new PolicyPack(
  packName,
  {
    description: packDescription,
    enforcementLevel: "mandatory",
    policies: policies.map((policy) => toPulumiPolicy(policy, projectDir)),
  },
  initialConfiguration(process.env.PULUMI_NODEJS_STACK),
);
