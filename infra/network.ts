/** The stack of one network. */
import type * as pulumi from "@pulumi/pulumi";

import { Network } from "../components/fabric/network";
import type { Stack } from "../model/project/stacks";
import { onPlatform } from "./onPlatform";

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

/** Namespace whose pods may read metrics. Which rules there are depends on it, so that it must be a plain value. */
async function monitoringNamespace(platform: pulumi.StackReference): Promise<string | undefined> {
  const { value } = await platform.getOutputDetails("monitoringNamespace");
  return typeof value === "string" ? value : undefined;
}
