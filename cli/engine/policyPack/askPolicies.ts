/** What every command asks before anything is changed: whether the policies of the project allow a stack. */
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

/** What the policies found, and which of them are taken less strictly than the pack has them. */
export interface PolicyFindings extends Analysis {
  relaxed: { policy: string; level: Level }[];
}

/**
 * Asks the policies about a stack, as its environment and the stack itself want them taken.
 *
 * @param pack - without one, all is allowed
 * @throws {@link UserError} when the policies are configured wrongly
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
