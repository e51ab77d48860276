/** What stacks declare at a Git revision, as records, which previews and policies can read instead of the last apply's. */
import { deleteRecord, writeRevisionRecord } from "../record/record";
import { runPrograms } from "../programs";
import { listStacks, readProject } from "../../../model/project/project";
import { moved } from "../../diff/stackDiff";
import { checkOut, type Revision } from "./checkOut";

/**
 * Records what stacks declare at a revision, or rather where the present branch has left it. A stack that is not there, or
 * whose program does not run there, gets no record.
 *
 * @returns the revision; its folder is a project whose records of an apply are these
 * @throws {@link UserError} when there is no such revision
 */
export async function recordBase(projectDir: string, base: string, stacks: readonly string[]): Promise<Revision> {
  const revision = await checkOut(projectDir, base);
  const there = listStacks(readProject(revision.dir)).filter((stack) => stacks.includes(stack));
  for (const [stack, result] of await runPrograms(revision.dir, there, 1)) {
    if (result instanceof Error) deleteRecord(revision.dir, stack);
    else writeRevisionRecord(moved(result, revision, projectDir), revision.dir, revision.name);
  }
  return revision;
}
