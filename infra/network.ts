/** The stack of one network. */
import * as pulumi from "@pulumi/pulumi";

import { Network } from "../components/fabric/network";
import { Cluster } from "../components/kubernetes/cluster";
import { withFieldManager } from "../components/kubernetes/fieldManager";
import { platformStackName, type Stack } from "../model/project/stacks";
import { runError } from "./runError";

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
  await requirePlatform(reference, platformStack);
  const cluster = new Cluster("cluster", { context: environment.context });
  const images = { projectDir, ...environment.images };
  const platform = new pulumi.StackReference(reference);
  const network = new Network(
    name,
    { plan, cluster, images, platformNamespace: platform.requireOutput("namespace") },
    { providers: [cluster.provider], transformations: [withFieldManager] },
  );
  return network.outputs;
}

/** Says what comes first where the platform is not there. The CLI would end the program at its reference, without a hint. */
async function requirePlatform(reference: string, stack: string): Promise<void> {
  try {
    const { outputs } = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: reference });
    if (outputs.namespace !== undefined) return;
  } catch (error) {
    if (!/unknown stack/.test(String(error))) throw error;
  }
  throw runError(
    `the platform of this network's environment is not there: stack "${reference}" ` +
      `is unknown or empty. Bring it up first: pulumi stack select --create ${stack} && pulumi up -s ${stack}`,
  );
}
