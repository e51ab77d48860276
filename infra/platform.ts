/** The stack `platform-<environment>`: what the networks of an environment share. */
import { Cluster } from "../components/kubernetes/cluster";
import { withFieldManager } from "../components/kubernetes/fieldManager";
import { Platform } from "../components/platform/platform";
import type { Stack } from "../model/project/stacks";
import { planPods } from "../model/stackFile/mergedPods";

/**
 * Declares the platform of an environment.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @returns outputs of the stack
 */
export function platformProgram(
  { platform, environment }: Extract<Stack, { kind: "platform" }>,
  projectDir: string,
): Record<string, unknown> {
  const cluster = new Cluster("cluster", { context: environment.context });
  const images = { projectDir, ...environment.images };
  const { namespace } = new Platform(
    "platform",
    { ...platform, cluster, size: environment.size, images, pods: planPods(environment, platform.pods) },
    { providers: [cluster.provider], transformations: [withFieldManager] },
  );
  return { namespace };
}
