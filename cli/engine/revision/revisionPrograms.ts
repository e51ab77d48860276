/** What stacks declare at a Git revision, and records of it that previews and policies can read instead of the last apply's. */
import { listStacks, readProject } from "../../../model/files/project";
import type { UserError } from "../../../model/userError";
import type { ProgramResult, Registration } from "../declared/registration";
import { mapLeaves } from "../declared/values";
import { runPrograms } from "../program/programs";
import { deleteRecord, writeRevisionRecord } from "../record/writeRecord";
import { checkOut, type Revision } from "./checkOut";

/**
 * Runs the programs of stacks as they are at a revision. Stacks that are not there are left out.
 *
 * @returns for each stack what it declares, as if it had run in the project itself; or why it does not
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

/**
 * Records what stacks declare at a revision, or rather where the present branch has left it. A stack that is not there, or
 * whose program does not run there, gets no record.
 *
 * @returns the revision; its folder is a project whose records of an apply are these
 * @throws {@link UserError} when there is no such revision
 */
export async function recordBase(projectDir: string, base: string, stacks: readonly string[]): Promise<Revision> {
  const revision = await checkOut(projectDir, base);
  for (const [stack, result] of await runAtRevision(projectDir, revision, stacks)) {
    if (result instanceof Error) deleteRecord(revision.dir, stack);
    else writeRevisionRecord(result, revision.dir, revision.name);
  }
  return revision;
}
