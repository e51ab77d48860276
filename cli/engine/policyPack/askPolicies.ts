/** Evaluates the project's policies on a stack, before a command changes anything. */
import {
  type Configuration,
  configurationOf,
  readProfile,
  type Settable,
  settableOf,
} from "../../../model/project/policyProfile";
import type { PolicyPack } from "../../../model/pulumi/policyPack";
import type { Level } from "../../../model/stackFile/mergedPolicies";
import type { ProgramResult } from "../declared/registration";
import { type Analysis, analyze } from "./analyze";

/** The policies' result, and the policies with a lower enforcement level than in the pack. */
export interface PolicyFindings extends Analysis {
  relaxed: { policy: string; level: Level }[];
}

/**
 * Evaluates the policies on a stack, with the settings of its environment and the stack.
 *
 * @param pack - without a pack, everything is allowed
 * @throws {@link UserError} when the configuration of the policies is wrong
 */
export function askPolicies(pack: PolicyPack | undefined, result: ProgramResult): PolicyFindings {
  if (pack === undefined) return { violations: [], result, diagnostics: [], relaxed: [] };
  const policies = settableOf(pack);
  const configuration = configurationOf(policies, readProfile(result.projectDir, result.stack, policies));
  return { ...analyze(pack, configuration, result), relaxed: relaxedOf(policies, configuration) };
}

const strictness: Record<Level, number> = { disabled: 0, advisory: 1, remediate: 2, mandatory: 2 };

function relaxedOf(policies: readonly Settable[], configuration: Configuration): PolicyFindings["relaxed"] {
  return policies.flatMap(({ name, level: usual }) => {
    const { level } = configuration[name]!;
    return strictness[level] < strictness[usual] ? [{ policy: name, level }] : [];
  });
}
