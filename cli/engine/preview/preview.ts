/** A preview: runs and checks the program, evaluates the policies, and compares the result with the earlier declaration. */
import { readProject } from "../../../model/files/project";
import type { PolicyPack } from "../../../model/pulumi/policyPack";
import { UserError } from "../../../model/userError";
import { type ChangeSet, compareWithRecord } from "../changes/changeSet";
import { type Diagnostic, ProgramError } from "../declared/diagnostics";
import type { ProgramResult } from "../declared/registration";
import { strictCheck } from "../kubernetes/strictCheck";
import { type Diagnosis, isRefused } from "../policyPack/analyze";
import { askPolicies, type PolicyFindings } from "../policyPack/askPolicies";
import { type ProgramRuns, runProgram } from "../program/programs";
import { readRecord } from "../record/stackRecord";
import { readUnfinished } from "../record/writeRecord";
import type { RecordedBase } from "../revision/revisionPrograms";

/** The result of a preview. */
export interface Preview {
  /** Name of the project. */
  project: string;
  /** Absent when the program did not end well. */
  result?: ProgramResult;
  /** Absent if the program failed or the checks refuse its resources. */
  changes?: ChangeSet;
  /** Messages of the program and errors of the checks. If there is an error, an apply would be refused. */
  diagnostics: Diagnostic[];
  /** Violations of the policies. */
  violations: Diagnosis[];
  /** Policies whose enforcement level the environment or the stack lowers. */
  relaxed: PolicyFindings["relaxed"];
  /** Settings of policies that the stack itself changes. */
  changed: PolicyFindings["changed"];
}

/** Options of a preview. */
export interface PreviewOptions {
  /** The policy pack to evaluate; without one there are no violations. */
  policies?: PolicyPack;
  /** Programs of several previews; each of them runs once. */
  programs?: ProgramRuns;
  /** A revision with recorded stacks to compare with; by default the last apply. */
  base?: Pick<RecordedBase, "name" | "dir" | "failures">;
}

/**
 * Previews a stack. Errors of the program and of its configuration are part of the result.
 *
 * @throws {@link UserError} when there is no project
 */
export async function preview(
  projectDir: string,
  stack: string,
  { policies, programs, base }: PreviewOptions = {},
): Promise<Preview> {
  const { name: project } = readProject(projectDir);
  let result: ProgramResult | undefined;
  try {
    result = await (programs?.run(stack) ?? runProgram({ projectDir, stack, dryRun: true }));
    strictCheck(result);
    const analysis = askPolicies(policies, result);
    result = analysis.result;
    const changes = compareWithRecord(result, recordBefore(result, base));
    const diagnostics = [
      ...result.diagnostics,
      ...analysis.diagnostics,
      ...changes.diagnostics,
      ...(base === undefined ? unfinishedWarning(projectDir, stack) : failureWarning(base, stack)),
    ];
    const { violations, relaxed, changed } = analysis;
    return { project, result, changes, diagnostics, violations, relaxed, changed };
  } catch (error) {
    const unasked = { violations: [], relaxed: [], changed: [] };
    if (error instanceof ProgramError) return { project, diagnostics: error.diagnostics, ...unasked };
    if (!(error instanceof UserError)) throw error;
    const diagnostics: Diagnostic[] = [
      ...(result?.diagnostics ?? []),
      ...error.message.split("\n").map((message) => ({ severity: "error" as const, message })),
    ];
    return { project, ...(result && { result }), diagnostics, ...unasked };
  }
}

function recordBefore({ project, projectDir, stack }: ProgramResult, base: PreviewOptions["base"]) {
  if (base === undefined) return readRecord(projectDir, stack);
  const why = base.failures[stack] === undefined ? "which does not declare it" : "where its program does not run";
  const isNew = { project, stack, resources: [], outputs: {}, revision: `${base.name}, ${why}` };
  return readRecord(base.dir, stack) ?? isNew;
}

/** Whether an apply would be refused. */
export function hasErrors({ diagnostics }: Preview): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

/** The exit code of a command that ends with this preview: 1 for errors, 2 if mandatory policies are violated. */
export function exitCodeOf(preview: Preview): number {
  return hasErrors(preview) ? 1 : isRefused(preview.violations) ? 2 : 0;
}

function unfinishedWarning(projectDir: string, stack: string): Diagnostic[] {
  const unfinished = readUnfinished(projectDir, stack);
  if (unfinished === undefined) return [];
  const { command, context } = unfinished;
  const message =
    `the last ${command} of this stack failed or was interrupted, so context "${context}" may differ from the state that this preview ` +
    `compares with: run it again`;
  return [{ severity: "warning", message }];
}

/** Without what was before, policies that compare with it find nothing. */
function failureWarning({ name, failures }: NonNullable<PreviewOptions["base"]>, stack: string): Diagnostic[] {
  const failure = failures[stack];
  if (failure === undefined) return [];
  return [
    {
      severity: "warning",
      message: `the program does not run at ${name}, so nothing is compared with it:\n${failure}`,
    },
  ];
}
