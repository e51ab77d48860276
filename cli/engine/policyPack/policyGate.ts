/** What every command asks before anything is changed: whether the policies of the project allow a stack. */
import { configurationOf, readProfile } from "../../../model/policies/policyProfile";
import { ConfigurationError } from "../../../model/stackFile/findings";
import { UserError } from "../../../model/userError";
import type { ProgramResult } from "../registration";
import { analyze, type Analysis } from "./analyze";
import type { EnforcementLevel, PolicyConfiguration, PolicyInfo, PolicyPack } from "./policyPack";

/** What the policies found, and which of them are taken less strictly than the pack has them. */
export interface Gated extends Analysis {
  relaxed: { policy: string; level: EnforcementLevel }[];
}

/**
 * Asks the policies about a stack, as its environment and the stack itself want them taken.
 *
 * @param pack - without one, all is allowed
 * @throws {@link UserError} when the policies are configured wrongly
 */
export async function gate(pack: PolicyPack | undefined, result: ProgramResult): Promise<Gated> {
  if (pack === undefined) return { violations: [], result, diagnostics: [], relaxed: [] };
  const policies = await pack.info();
  const configuration = configurationOf(policies, profileOf(result, policies));
  const analysis = await pack.inTurn(() => analyze(pack, configuration, result));
  return { ...analysis, relaxed: relaxedOf(policies, configuration) };
}

const strictness: Record<EnforcementLevel, number> = { disabled: 0, advisory: 1, remediate: 2, mandatory: 2 };

function relaxedOf(policies: readonly PolicyInfo[], configuration: PolicyConfiguration): Gated["relaxed"] {
  return policies.flatMap(({ name, level: usual }) => {
    const { level } = configuration[name]!;
    return strictness[level] < strictness[usual] ? [{ policy: name, level }] : [];
  });
}

function profileOf({ projectDir, stack }: ProgramResult, policies: Parameters<typeof readProfile>[2]) {
  try {
    return readProfile(projectDir, stack, policies);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UserError(error.message);
    throw error;
  }
}
