/** Texts of the commands apply and destroy: durations and summaries. */
import { baas, shellWord } from "../../../model/baasCommand";
import { durationSeconds } from "../../../model/duration";
import { UserError } from "../../../model/userError";
import { formatNotReady } from "../cluster/waitUntil";
import type { ApplyResult } from "./apply";
import type { DestroyResult } from "./destroy";

/**
 * A duration such as `90s`, `10m` or `1h` in milliseconds.
 *
 * @throws {@link UserError} if the text is not a duration
 */
export function parseDuration(text: string): number {
  if (!/^\d+[smh]$/.test(text)) {
    throw new UserError(`--timeout ${text}: a duration is a whole number with s, m or h, such as 10m`);
  }
  return durationSeconds(text) * 1000;
}

/** The summary of an apply: what happened, what is not ready, what to do about it. */
export function applySummary(result: ApplyResult): string {
  const { stack, context, created, changed, replaced, unchanged, deleted, notReady, kept, seconds } = result;
  const parts = Object.entries({ created, changed, replaced, deleted, unchanged }).flatMap(([verb, count]) =>
    count > 0 ? [`${count} ${verb}`] : [],
  );
  const touched = created + changed + replaced + deleted;
  const what = touched === 0 ? `nothing changed (${unchanged} objects)` : parts.join(", ");
  const ready = notReady.length === 0 ? "all ready" : `${notReady.length} not ready`;
  const lines = [`${stack} in ${context}: ${what}; ${ready} (${seconds} s)`];
  if (kept.length > 0) lines.push(`no longer declared, kept: ${kept.join(", ")}`);
  if (notReady.length > 0) lines.push(...notReady.map(formatNotReady), ...nextSteps(result));
  return lines.join("\n");
}

function nextSteps(result: ApplyResult): string[] {
  const { end, missingImages, stillRunning, local, context, namespaces, stack } = result;
  const steps: string[] = [];
  if (missingImages.length > 0) {
    const name = local === undefined || local === "local" ? "" : ` --name ${local}`;
    steps.push(
      `images that this cluster does not have: ${missingImages.join(", ")}`,
      `  -> ${baas("local load")} ARCHIVE${name} makes them from a Fabric release archive; waiting pods then start.`,
    );
  }
  if (stillRunning.length > 0) {
    steps.push(
      `no longer declared, but still running until all is ready: ${stillRunning.join(", ")}`,
      `  -> Nothing was deleted. Then continue: ${baas("apply", stack, "--context", context)}`,
    );
  }
  if (end === "timeout" || end === "failed") {
    const why = end === "timeout" ? "stopped waiting at the timeout" : "stopped, because waiting cannot help";
    steps.push(
      `${why}; objects that are no longer declared were not deleted`,
      `  -> Inspect: ${kubectlCommand({ local, context })} -n ${namespaces[0] ?? "default"} get pods,events`,
      `  -> Then continue: ${baas("apply", stack, "--context", context)}`,
    );
  }
  return steps;
}

/** The kubectl command for a cluster: the local cluster has a kubeconfig of its own. */
export function kubectlCommand({ local, context }: Pick<ApplyResult, "local" | "context">): string {
  if (local === undefined) return `kubectl --context ${shellWord(context)}`;
  return local === "local" ? baas("local kubectl") : baas("local kubectl --name", local);
}

/** The summary of a destroy. */
export function destroySummary({ stack, context, deleted, kept, seconds }: DestroyResult): string {
  const what = deleted === 0 ? "nothing to delete" : `${deleted} objects deleted`;
  const lines = [`${stack} in ${context}: ${what} (${seconds} s)`];
  if (kept.length > 0) {
    lines.push("kept:", ...kept.map((line) => `  ${line}`));
    lines.push(
      `  -> ${baas("apply", stack)} uses them again; ${baas("destroy", stack)} --purge deletes them permanently.`,
    );
  }
  return lines.join("\n");
}
