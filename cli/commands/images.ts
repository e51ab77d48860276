/** `baas images`: builds a stack's images and brings them to its cluster, for the Pulumi CLI and for rendered manifests. */
import { terminalProgress } from "../../local-cluster/progress";
import { findProject } from "../common/project";
import { desiredObjects } from "../engine/apply/desiredObjects";
import { provideImages, sortedImages } from "../engine/apply/provideImages";
import { connect, contextOf } from "../engine/cluster/clusterConnection";
import { builtImages } from "../engine/declared/builtImages";
import { runProgram } from "../engine/program/programs";

interface Given {
  stack: string;
  context?: string;
}

export async function run({ stack, context }: Given, signal: AbortSignal): Promise<number> {
  const progress = terminalProgress();
  progress.waiting(`running the program of stack "${stack}"`);
  const result = await runProgram({ projectDir: findProject(), stack, dryRun: false });
  const connection = await connect(context ?? contextOf(result), signal);
  try {
    const missing = await provideImages(result, desiredObjects(result), connection.local, progress);
    progress.done();
    for (const { reference } of builtImages(result)) console.log(reference);
    for (const image of sortedImages(missing)) console.error(`missing in the cluster: ${image}`);
    return missing.size === 0 ? 0 : 1;
  } finally {
    progress.done();
    connection.close();
  }
}
