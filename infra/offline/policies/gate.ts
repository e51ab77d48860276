/** What every command asks before anything is changed: whether the policies of the project allow a stack. */
import { configurationOf, readProfile } from "../../stackFile/policyProfile";
import { ConfigurationError } from "../../stackFile/errors";
import { UserError } from "../errors";
import type { ProgramResult } from "../registration";
import { analyze, type Analysis } from "./analyze";
import type { PolicyPack } from "./pack";

/**
 * Asks the policies about a stack, as its environment and the stack itself want them taken.
 *
 * @param pack - without one, all is allowed
 * @throws {@link UserError} when the policies are configured wrongly
 */
export async function gate(pack: PolicyPack | undefined, result: ProgramResult): Promise<Analysis> {
  if (pack === undefined) return { violations: [], result, diagnostics: [] };
  const policies = await pack.info();
  const configuration = configurationOf(policies, profileOf(result, policies));
  return pack.inTurn(() => analyze(pack, configuration, result));
}

function profileOf({ projectDir, stack }: ProgramResult, policies: Parameters<typeof readProfile>[2]) {
  try {
    return readProfile(projectDir, stack, policies);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UserError(error.message);
    throw error;
  }
}
