/** The stack of one network. */
import { Network } from "../components/fabric/network";
import type { Stack } from "../model/project/stacks";
import { monitoringNamespace, onPlatform } from "./onPlatform";

/**
 * Declares a network.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @returns outputs of the stack
 */
export async function networkProgram(
  { name, network: plan, environment }: Extract<Stack, { kind: "network" }>,
  projectDir: string,
): Promise<Record<string, unknown>> {
  const { cluster, images, platform, platformNamespace, opts } = await onPlatform(
    plan.environment,
    environment,
    projectDir,
  );
  const args = { plan, cluster, images, platformNamespace, monitoringNamespace: await monitoringNamespace(platform) };
  const network = new Network(name, args, opts);
  return network.outputs;
}
