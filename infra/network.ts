/** The stack of one network. */
import * as pulumi from "@pulumi/pulumi";

import { Network } from "../components/fabric/network";
import { Cluster } from "../components/kubernetes/cluster";
import { withFieldManager } from "../components/kubernetes/fieldManager";
import { platformStackName, type Stack } from "../model/project/stacks";

/**
 * Declares a network.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @returns outputs of the stack
 */
export function networkProgram(
  { name, network: plan, environment }: Extract<Stack, { kind: "network" }>,
  projectDir: string,
): Record<string, unknown> {
  const cluster = new Cluster("cluster", { context: environment.context });
  const images = { projectDir, ...environment.images };
  const platform = new pulumi.StackReference(
    `${pulumi.getOrganization()}/${pulumi.getProject()}/${platformStackName(plan.environment)}`,
  );
  const network = new Network(
    name,
    { plan, cluster, images, platformNamespace: platform.requireOutput("namespace") },
    { providers: [cluster.provider], transformations: [withFieldManager] },
  );
  return network.outputs;
}
