/** Evaluates the project's policies on a stack, before a command changes anything. */
import {
  type ChangedSetting,
  changedSettings,
  type Configuration,
  configurationOf,
  readProfile,
  type Settable,
  settableOf,
} from "../../../model/project/policyProfile";
import type { EnforcementLevel, PolicyPack } from "../../../model/pulumi/policyPack";
import type { ProgramResult } from "../declared/registration";
import { type Analysis, analyze } from "./analyze";

/** The policies' result, and what a stack or its environment may have weakened. */
export interface PolicyFindings extends Analysis {
  /** Policies with a lower enforcement level than in the pack. */
  relaxed: { policy: string; level: EnforcementLevel }[];
  /** Settings that the stack itself changes; whether they weaken the policy only the policy knows. */
  changed: ChangedSetting[];
}

/**
 * Evaluates the policies on a stack, with the settings of its environment and the stack.
 *
 * @param pack - without a pack, everything is allowed
 * @throws {@link UserError} when the configuration of the policies is wrong
 */
export function askPolicies(pack: PolicyPack | undefined, result: ProgramResult): PolicyFindings {
  if (pack === undefined) return { violations: [], result, diagnostics: [], relaxed: [], changed: [] };
  const policies = settableOf(pack);
  const configuration = configurationOf(policies, readProfile(result.projectDir, result.stack, policies));
  return {
    ...analyze(pack, configuration, result),
    relaxed: relaxedOf(policies, configuration),
    changed: changedSettings(result.projectDir, result.stack, policies),
  };
}

const strictness: Record<EnforcementLevel, number> = { disabled: 0, advisory: 1, remediate: 2, mandatory: 2 };

function relaxedOf(policies: readonly Settable[], configuration: Configuration): PolicyFindings["relaxed"] {
  return policies.flatMap(({ name, level: usual }) => {
    const { level } = configuration[name]!;
    return strictness[level] < strictness[usual] ? [{ policy: name, level }] : [];
  });
}
