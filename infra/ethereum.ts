/** The stack of one Ethereum network. */
import { EthereumNetwork } from "../components/ethereum/ethereumNetwork";
import type { Stack } from "../model/project/stacks";
import { monitoringNamespace, onPlatform } from "./onPlatform";

/**
 * Declares an Ethereum network.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @returns outputs of the stack
 */
export async function ethereumProgram(
  { name, ethereum: plan, environment }: Extract<Stack, { kind: "ethereum" }>,
  projectDir: string,
): Promise<Record<string, unknown>> {
  const { cluster, images, platform, platformNamespace, opts } = await onPlatform(
    plan.environment,
    environment,
    projectDir,
  );
  const args = { plan, cluster, images, platformNamespace, monitoringNamespace: await monitoringNamespace(platform) };
  return new EthereumNetwork(name, args, opts).outputs;
}
