/** `baas preview`: shows what applying a stack would change, and what the policies say. Changes nothing. */
import { baas } from "../../model/baasCommand";
import { listStacks, readProject } from "../../model/files/project";
import { policyPackIn } from "../../policies/pack";
import { type Paint, paintFor } from "../common/colors";
import { findProject, stackUnlessAll } from "../common/project";
import { restartLines } from "../diff/diffText";
import { objectDiff } from "../diff/objectChanges";
import { firstCommands } from "../engine/apply/firstCommands";
import { type ChangeSet, isAction } from "../engine/changes/changeSet";
import { contextsOf } from "../engine/cluster/clusterConnection";
import { previewedSecretWarnings } from "../engine/cluster/secretsOfUser";
import { isRefused } from "../engine/policyPack/analyze";
import { relaxedText, violationsCount, violationsText } from "../engine/policyPack/violationsText";
import { exitCodeOf, hasErrors, type Preview, preview, type PreviewOptions } from "../engine/preview/preview";
import { type PreviewDigest, previewDigest } from "../engine/preview/previewJson";
import { previewText } from "../engine/preview/previewText";
import { ProgramRuns } from "../engine/program/programs";
import { recordBase } from "../engine/revision/revisionPrograms";

// Programs run in processes of their own.
const atOnce = 2;

interface Given {
  stack?: string;
  all?: true;
  diff?: true;
  json?: true;
  base?: string;
}

export async function run(options: Given): Promise<number> {
  const stack = stackUnlessAll(options);
  const projectDir = findProject();
  const stacks = stack === undefined ? listStacks(readProject(projectDir)) : [stack];
  const base = options.base === undefined ? undefined : await recordBase(projectDir, options.base, stacks);
  const policies = policyPackIn(projectDir, base?.dir);
  const programs = new ProgramRuns(projectDir, true);
  const digests: Record<string, PreviewDigest> = {};
  const codes: number[] = [];
  try {
    await inOrder(stacks, async (each) => {
      const started = process.hrtime.bigint();
      const found = await previewOf(projectDir, each, { policies, programs, base });
      return () => {
        if (options.json === true) digests[each] = previewDigest(found, Number(process.hrtime.bigint() - started));
        else print(found, each, options.diff === true);
        codes.push(exitCodeOf(found));
      };
    });
  } finally {
    programs.end();
  }
  if (options.json === true) {
    const document = stack === undefined ? digests : digests[stack];
    process.stdout.write(`${JSON.stringify(document, undefined, 4)}\n`);
  }
  return codes.includes(1) ? 1 : Math.max(0, ...codes);
}

/** With what only the cluster knows, where it answers: Secrets of the user's that are not there. */
async function previewOf(projectDir: string, stack: string, options: PreviewOptions): Promise<Preview> {
  const found = await preview(projectDir, stack, options);
  if (found.result === undefined || hasErrors(found)) return found;
  const missing = await previewedSecretWarnings(found.result);
  const warnings = missing.map((message) => ({ severity: "warning" as const, message }));
  return { ...found, diagnostics: [...found.diagnostics, ...warnings] };
}

/** Works on several items at a time, and calls the returned functions in the order of the items. */
async function inOrder<T>(items: readonly T[], act: (item: T) => Promise<() => void>): Promise<void> {
  const running: Promise<() => void>[] = [];
  for (const [i, item] of items.entries()) {
    if (i >= atOnce) (await running[i - atOnce]!)();
    running.push(act(item));
    // The code that awaits it reports the error.
    running[i]!.catch(() => undefined);
  }
  for (const finish of running.slice(-atOnce)) (await finish)();
}

/** Which pods restart, and in which order. */
function restartsText(changes: ChangeSet, paint: Paint): string {
  const lines = restartLines(objectDiff(changes), paint);
  return lines.length === 0
    ? ""
    : [paint("bold", "Pods that restart:"), ...lines.map((line) => `    ${line}`), "", ""].join("\n");
}

function print(found: Preview, stack: string, withFields: boolean): void {
  const { changes, violations, result } = found;
  const hasFailed = changes === undefined || result === undefined || hasErrors(found);
  const stream = hasFailed ? process.stderr : process.stdout;
  const paint = paintFor(stream);
  const text = previewText(found, stack, paint, withFields);
  stream.write(`${paint("bold", `Previewing ${stack}:`)}\n\n${text}`);
  if (hasFailed) return;
  if (violations.length > 0) process.stdout.write(`${violationsText(violations, result, paint)}\n`);
  process.stdout.write(relaxedText(found));
  if (isRefused(violations)) {
    process.stdout.write(`${violationsCount(violations)}: an apply would be refused.\n`);
    return;
  }
  process.stdout.write(restartsText(changes, paint));
  const isChanged = changes.steps.some(({ op }) => isAction(op));
  const first = firstCommands(result.projectDir, { ...result, contexts: contextsOf(result) });
  const next = [...first, baas("apply", stack)].join(" && ");
  process.stdout.write(isChanged ? `Next: ${next}\n` : "Nothing would change.\n");
}
