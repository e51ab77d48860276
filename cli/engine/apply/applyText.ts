/** What the commands apply and destroy have in common: durations, and results in words. */
import { baas } from "../../../model/baasCommand";
import { UserError } from "../../../model/userError";
import { formatNotReady } from "../cluster/waitUntil";
import type { ApplyResult } from "./apply";
import type { DestroyResult } from "./destroy";

/**
 * A duration such as `90s`, `10m` or `1h` in milliseconds.
 *
 * @throws {@link UserError} when it is none
 */
export function parseDuration(text: string): number {
  const [, number, unit] = /^(\d+)(s|m|h)$/.exec(text) ?? [];
  const seconds = { s: 1, m: 60, h: 3600 }[unit as "s" | "m" | "h"];
  if (seconds === undefined)
    throw new UserError(`--timeout ${text}: a duration is a whole number with s, m or h, such as 10m`);
  return Number(number) * seconds * 1000;
}

/** The result of an apply in words: what happened, what is not well, what to do about it. */
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

function nextSteps({ end, missingImages, local, context, namespaces, stack }: ApplyResult): string[] {
  const steps: string[] = [];
  if (missingImages.length > 0) {
    const name = local === undefined || local === "local" ? "" : ` --name ${local}`;
    steps.push(
      `images that this cluster does not have: ${missingImages.join(", ")}`,
      `  -> ${baas("local load")} ARCHIVE${name} makes them from a Fabric release archive; pods that wait for them then start.`,
    );
  }
  if (end === "timeout" || end === "failed") {
    const why = end === "timeout" ? "given up waiting" : "given up, because waiting cannot help";
    steps.push(
      `${why}; what is no longer declared was left in place`,
      `  -> Look closer: ${kubectlCommand({ local, context })} -n ${namespaces[0] ?? "default"} get pods,events`,
      `  -> Then go on: ${baas("apply", stack, "--context", context)}`,
    );
  }
  return steps;
}

/** How one calls kubectl for a cluster: the local one's kubeconfig is the project's own. */
export function kubectlCommand({ local, context }: Pick<ApplyResult, "local" | "context">): string {
  if (local === undefined) return `kubectl --context ${context}`;
  return local === "local" ? baas("local kubectl") : baas("local kubectl --name", local);
}

/** The result of a destroy in words. */
export function destroySummary({ stack, context, deleted, kept, seconds }: DestroyResult): string {
  const what = deleted === 0 ? "nothing to delete" : `${deleted} objects deleted`;
  const lines = [`${stack} in ${context}: ${what} (${seconds} s)`];
  if (kept.length > 0) {
    lines.push("kept:", ...kept.map((line) => `  ${line}`));
    lines.push(
      `  -> ${baas("apply", stack)} takes them up again; ${baas("destroy", stack)} --purge deletes them for good.`,
    );
  }
  return lines.join("\n");
}
