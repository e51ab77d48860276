/** The stack of one network. */
import * as pulumi from "@pulumi/pulumi";

import { Network } from "../components/fabric/network";
import { Cluster } from "../components/kubernetes/cluster";
import { withFieldManager } from "../components/kubernetes/fieldManager";
import { platformStackName, type Stack } from "../model/project/stacks";
import { requirePlatformUnderCli } from "./cliHints";

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
  const platformStack = platformStackName(plan.environment);
  const reference = `${pulumi.getOrganization()}/${pulumi.getProject()}/${platformStack}`;
  await requirePlatformUnderCli(reference, platformStack);
  const cluster = new Cluster("cluster", { context: environment.context });
  const images = { projectDir, ...environment.images };
  const platform = new pulumi.StackReference(reference);
  const network = new Network(
    name,
    {
      ...{ plan, cluster, images },
      platformNamespace: platform.requireOutput("namespace"),
      monitoringNamespace: await monitoringNamespace(platform),
    },
    { providers: [cluster.provider], transformations: [withFieldManager] },
  );
  return network.outputs;
}

/** Namespace whose pods may read metrics. Which rules there are depends on it, so that it must be a plain value. */
async function monitoringNamespace(platform: pulumi.StackReference): Promise<string | undefined> {
  const { value } = await platform.getOutputDetails("monitoringNamespace");
  return typeof value === "string" ? value : undefined;
}
