/** Brings the images of a stack to its cluster without applying it. */
import type { Progress } from "../../../local-cluster/progress";
import { UserError } from "../../../model/userError";
import { abortable } from "../../common/abortable";
import { connect, contextOf } from "../cluster/clusterConnection";
import { builtImages } from "../declared/builtImages";
import { runProgram } from "../program/programs";
import type { StackOptions } from "./apply";
import { desiredObjects } from "./desiredObjects";
import { provideImages, sortedImages } from "./provideImages";

/** What {@link provideStackImages} has done. */
export interface ProvidedImages {
  /** References of the images that were built, or were there already. */
  built: string[];
  /** Images that the local cluster does not have and cannot get, sorted. */
  missing: string[];
}

/**
 * Builds the project's images of a stack and brings them to its cluster; to a local cluster also all others.
 *
 * @throws {@link UserError} when an image cannot be built or pushed, or the signal ends it
 */
export async function provideStackImages(
  options: Pick<StackOptions, "projectDir" | "stack" | "context"> & { progress: Progress; signal: AbortSignal },
): Promise<ProvidedImages> {
  const { projectDir, stack, context, progress, signal } = options;
  progress.waiting(`running the program of stack "${stack}"`);
  const result = await runProgram({ projectDir, stack, dryRun: false });
  const connection = await connect(context ?? contextOf(result), signal);
  try {
    const work = provideImages(result, desiredObjects(result), connection.local, progress);
    const missing = await abortable(work, signal);
    return { built: builtImages(result).map(({ reference }) => reference), missing: sortedImages(missing) };
  } catch (error) {
    throw signal.aborted ? new UserError("interrupted; run the same command again to continue") : error;
  } finally {
    progress.done();
    connection.close();
  }
}
