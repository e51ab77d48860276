/**
 * The Pulumi program. A stack is either the platform of an environment or one network; its configuration says which.
 */
import { dirname } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { Cluster } from "../components/kubernetes/cluster";
import { Network } from "../components/fabric/network";
import { Platform } from "../components/platform/platform";
import { ConfigurationError, formatFinding } from "../model/stackFile/findings";
import { platformStackName, readStack, stackFile, type Stack } from "../model/project/stacks";

const projectDir = dirname(__dirname);

function configuredStack(): Stack {
  const config = new pulumi.Config();
  try {
    return readStack(projectDir, pulumi.getStack(), {
      network: config.getObject("network"),
      platform: config.getObject("platform"),
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    // A RunError is shown as its message alone. Its stack is never shown, but making it readable takes the runner half a
    // minute on some versions of Node.
    throw Object.assign(new pulumi.RunError(error.message), { stack: undefined });
  }
}

export = async (): Promise<Record<string, unknown>> => {
  const stack = configuredStack();
  for (const warning of stack.warnings) {
    await pulumi.log.warn(`${stackFile(stack.name)}:\n${formatFinding(warning)}`);
  }
  const cluster = new Cluster("cluster", { context: stack.environment.context });
  const images = { projectDir, ...stack.environment.images };
  if (stack.kind === "platform") {
    const platform = new Platform(
      "platform",
      { ...stack.platform, cluster, size: stack.environment.size, images },
      { providers: [cluster.provider] },
    );
    return { namespace: platform.namespace };
  }
  const environment = stack.network.environment;
  const reference = new pulumi.StackReference(
    `${pulumi.getOrganization()}/${pulumi.getProject()}/${platformStackName(environment)}`,
  );
  const network = new Network(
    stack.name,
    { plan: stack.network, cluster, images, platformNamespace: reference.requireOutput("namespace") },
    { providers: [cluster.provider] },
  );
  return network.outputs;
};
