/** A preview: the program is run, checked, shown to the policies, and compared with what was declared before. */
import { readProject } from "../../../model/files/project";
import type { PolicyPack } from "../../../model/pulumi/policyPack";
import { UserError } from "../../../model/userError";
import { type ChangeSet, compareWithRecord } from "../changes/changeSet";
import { type Diagnostic, ProgramError } from "../declared/diagnostics";
import type { ProgramResult } from "../declared/registration";
import { strictCheck } from "../kubernetes/strictCheck";
import { askPolicies, type PolicyFindings } from "../policyPack/askPolicies";
import type { Diagnosis } from "../policyPack/policyTypes";
import { type ProgramRuns, runProgram } from "../program/programs";
import { readRecord } from "../record/stackRecord";
import { readUnfinished } from "../record/writeRecord";
import type { Revision } from "../revision/checkOut";

/** What a preview found. */
export interface Preview {
  /** Name of the project. */
  project: string;
  /** Absent when the program did not end well. */
  result?: ProgramResult;
  /** Absent when the program did not end well, or declares what the checks refuse. */
  changes?: ChangeSet;
  /** Messages of the program and errors of the checks; an error among them means that an apply would be refused. */
  diagnostics: Diagnostic[];
  /** What the policies found. */
  violations: Diagnosis[];
  /** Policies that environment and stack take less strictly than the pack has them. */
  relaxed: PolicyFindings["relaxed"];
}

/** What a preview works with. */
export interface PreviewOptions {
  /** The policy pack to ask; without one there are no violations. */
  policies?: PolicyPack;
  /** Programs of several previews, of which each runs once. */
  programs?: ProgramRuns;
  /** A revision to compare with, whose stacks have been recorded. Otherwise it is the last apply. */
  base?: Pick<Revision, "name" | "dir">;
}

/**
 * Previews a stack. Errors of the program and of its configuration are part of what is found.
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
      ...(base === undefined ? unfinishedWarning(projectDir, stack) : []),
    ];
    return { project, result, changes, diagnostics, violations: analysis.violations, relaxed: analysis.relaxed };
  } catch (error) {
    if (error instanceof ProgramError) return { project, diagnostics: error.diagnostics, violations: [], relaxed: [] };
    if (!(error instanceof UserError)) throw error;
    const diagnostics: Diagnostic[] = [
      ...(result?.diagnostics ?? []),
      ...error.message.split("\n").map((message) => ({ severity: "error" as const, message })),
    ];
    return { project, ...(result && { result }), diagnostics, violations: [], relaxed: [] };
  }
}

function recordBefore({ project, projectDir, stack }: ProgramResult, base: PreviewOptions["base"]) {
  if (base === undefined) return readRecord(projectDir, stack);
  const isNew = { project, stack, resources: [], outputs: {}, revision: `${base.name}, which does not declare it` };
  return readRecord(base.dir, stack) ?? isNew;
}

/** Whether an apply would be refused. */
export function hasErrors({ diagnostics }: Preview): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

function unfinishedWarning(projectDir: string, stack: string): Diagnostic[] {
  const unfinished = readUnfinished(projectDir, stack);
  if (unfinished === undefined) return [];
  const { command, context } = unfinished;
  const message =
    `the last ${command} of this stack did not end well, so context "${context}" may hold something else than this preview ` +
    `compares with: run it again`;
  return [{ severity: "warning", message }];
}
