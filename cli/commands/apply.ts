/** `baas apply`: applies a stack to its cluster, without the Pulumi CLI. */
import { terminalProgress } from "../../local-cluster/progress";
import { policyPackIn } from "../../policies/pack";
import { findProject } from "../common/project";
import { apply } from "../engine/apply/apply";
import { applySummary, parseDuration } from "../engine/apply/applyText";

interface Given {
  stack: string;
  context?: string;
  timeout: string;
  forceConflicts?: true;
}

export async function run({ stack, context, timeout, forceConflicts }: Given, signal: AbortSignal): Promise<number> {
  const projectDir = findProject();
  const result = await apply({
    projectDir,
    stack,
    policies: policyPackIn(projectDir),
    context,
    timeoutMs: parseDuration(timeout),
    forceConflicts,
    progress: terminalProgress(),
    signal,
  });
  console.log(applySummary(result));
  return result.notReady.length === 0 ? 0 : 1;
}
