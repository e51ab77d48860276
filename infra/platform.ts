/** The stack `platform-<environment>`: what the networks of an environment share. */
import { Cluster } from "../components/kubernetes/cluster";
import { withFieldManager } from "../components/kubernetes/fieldManager";
import { Platform } from "../components/platform/platform";
import { durationSeconds } from "../model/duration";
import { defaultFabricVersion } from "../model/files/versions";
import type { Stack } from "../model/project/stacks";
import { planPods } from "../model/stackFile/mergedPods";

/**
 * Declares the platform of an environment.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @returns outputs of the stack
 */
export async function platformProgram(
  { name, platform, environment }: Extract<Stack, { kind: "platform" }>,
  projectDir: string,
): Promise<Record<string, unknown>> {
  // Grafana's library takes its time to load.
  const render =
    (platform.monitoring?.grafana ?? platform.monitoring?.operator) &&
    (await import("../components/monitoring/grafanaDashboard")).renderFolder;
  const cluster = new Cluster("cluster", { context: environment.context });
  const images = { projectDir, ...environment.images };
  const { ipFamilies, storageClass, clusterDomain, certificates } = environment;
  const nodes = {
    ...{ ipFamilies, storageClass, clusterDomain, fabricVersion: defaultFabricVersion },
    ...(certificates && { certificateLife: durationSeconds(certificates.life) }),
  };
  const { size, gateway: exposure } = environment;
  const shared = { cluster, images, nodes, size, exposure, render, pods: planPods(environment, platform.pods) };
  const kafka = platform.kafka?.enabled === true ? platform.kafka : undefined;
  const { outputs } = new Platform(
    "platform",
    { ...platform, kafka, ...shared, stack: name },
    { providers: [cluster.provider], transformations: [withFieldManager] },
  );
  return outputs;
}
