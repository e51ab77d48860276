/** `baas images`: builds a stack's images and brings them to its cluster, for the Pulumi CLI and for rendered manifests. */
import { terminalProgress } from "../../local-cluster/progress";
import { findProject } from "../common/project";
import { provideStackImages } from "../engine/apply/stackImages";

interface Given {
  stack: string;
  context?: string;
}

export async function run({ stack, context }: Given, signal: AbortSignal): Promise<number> {
  const options = { projectDir: findProject(), stack, context, progress: terminalProgress(), signal };
  const { built, missing } = await provideStackImages(options);
  for (const reference of built) console.log(reference);
  for (const image of missing) console.error(`missing in the cluster: ${image}`);
  return missing.length === 0 ? 0 : 1;
}
