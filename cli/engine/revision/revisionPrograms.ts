/** Runs stacks at a Git revision, and records the result for previews and policies, in place of the last apply. */
import { listStacks, readProject } from "../../../model/files/project";
import type { UserError } from "../../../model/userError";
import type { ProgramResult, Registration } from "../declared/registration";
import { mapLeaves } from "../declared/values";
import { runPrograms } from "../program/programs";
import { deleteRecord, writeRevisionRecord } from "../record/writeRecord";
import { checkOut, type Revision } from "./checkOut";

/**
 * Runs the programs of stacks as of a revision. Stacks that do not exist there are left out.
 *
 * @returns for each stack what it declares, as if it had run in the project itself; or why it fails
 */
export async function runAtRevision(
  projectDir: string,
  { dir }: Revision,
  stacks: readonly string[],
): Promise<Map<string, ProgramResult | UserError>> {
  const there = listStacks(readProject(dir)).filter((stack) => stacks.includes(stack));
  const results = await runPrograms(dir, there);
  const inProject = (leaf: unknown): unknown => (typeof leaf === "string" ? leaf.replaceAll(dir, projectDir) : leaf);
  for (const [stack, result] of results) {
    if (result instanceof Error) continue;
    const registrations = result.registrations.map((one) => ({
      ...one,
      inputs: mapLeaves(one.inputs, inProject) as Registration["inputs"],
    }));
    results.set(stack, { ...result, projectDir, registrations });
  }
  return results;
}

/** A revision whose stacks are recorded. */
export interface RecordedBase extends Revision {
  /** Why the programs of stacks do not run there, by the stacks' names. */
  failures: Record<string, string>;
}

/**
 * Records what stacks declare at the commit where the present branch left a revision. A stack that does not exist there, or
 * whose program fails there, gets no record.
 *
 * @returns the revision; its folder is a project that holds these records as those of the last apply
 * @throws {@link UserError} when there is no such revision
 */
export async function recordBase(projectDir: string, base: string, stacks: readonly string[]): Promise<RecordedBase> {
  const revision = await checkOut(projectDir, base);
  const failures: RecordedBase["failures"] = {};
  for (const [stack, result] of await runAtRevision(projectDir, revision, stacks)) {
    if (result instanceof Error) {
      deleteRecord(revision.dir, stack);
      failures[stack] = result.message;
    } else writeRevisionRecord(result, revision.dir, revision.name);
  }
  return { ...revision, failures };
}
