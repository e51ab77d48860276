/** What every command asks before anything is changed: whether the policies of the project allow a stack. */
import { type Configuration, configurationOf, readProfile } from "../../../model/project/policyProfile";
import type { Level } from "../../../model/stackFile/mergedPolicies";
import type { ProgramResult } from "../declared/registration";
import { type Analysis, analyze } from "./analyze";
import type { PolicyPack } from "./policyPack";
import type { PolicyInfo } from "./policyTypes";

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
export async function askPolicies(pack: PolicyPack | undefined, result: ProgramResult): Promise<PolicyFindings> {
  if (pack === undefined) return { violations: [], result, diagnostics: [], relaxed: [] };
  const policies = await pack.info();
  const configuration = configurationOf(policies, readProfile(result.projectDir, result.stack, policies));
  const analysis = await pack.exclusively(() => analyze(pack, configuration, result));
  return { ...analysis, relaxed: relaxedOf(policies, configuration) };
}

const strictness: Record<Level, number> = { disabled: 0, advisory: 1, remediate: 2, mandatory: 2 };

function relaxedOf(policies: readonly PolicyInfo[], configuration: Configuration): PolicyFindings["relaxed"] {
  return policies.flatMap(({ name, level: usual }) => {
    const { level } = configuration[name]!;
    return strictness[level] < strictness[usual] ? [{ policy: name, level }] : [];
  });
}
