/** The stack of one Ethereum network. */
import * as pulumi from "@pulumi/pulumi";

import { EthereumNetwork } from "../components/ethereum/ethereumNetwork";
import { Cluster } from "../components/kubernetes/cluster";
import { withFieldManager } from "../components/kubernetes/fieldManager";
import { platformStackName, type Stack } from "../model/project/stacks";
import { requirePlatformUnderCli } from "./cliHints";

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
  const platformStack = platformStackName(plan.environment);
  const reference = `${pulumi.getOrganization()}/${pulumi.getProject()}/${platformStack}`;
  await requirePlatformUnderCli(reference, platformStack);
  const cluster = new Cluster("cluster", { context: environment.context });
  const images = { projectDir, ...environment.images };
  const platform = new pulumi.StackReference(reference);
  const { outputs } = new EthereumNetwork(
    name,
    { plan, cluster, images, platformNamespace: platform.requireOutput("namespace") },
    { providers: [cluster.provider], transformations: [withFieldManager] },
  );
  return outputs;
}
