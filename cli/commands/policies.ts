/** `baas policies`: the settings of a stack's policies. */
import { configurationOf, policyPackConfig, readProfile, settableOf } from "../../model/project/policyProfile";
import { policyPack } from "../../policies/pack";
import { findProject } from "../common/project";

/** Prints enforcement levels and settings of a stack's policies. */
export function config({ stack }: { stack: string }): number {
  const projectDir = findProject();
  const settable = settableOf(policyPack(projectDir));
  const configuration = configurationOf(settable, readProfile(projectDir, stack, settable));
  process.stdout.write(`${JSON.stringify(policyPackConfig(configuration, settable), undefined, 2)}\n`);
  return 0;
}
