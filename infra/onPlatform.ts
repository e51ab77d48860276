/** What the stacks of all networks begin with: their cluster, and the platform that they stand on. */
import * as pulumi from "@pulumi/pulumi";

import { Cluster } from "../components/kubernetes/cluster";
import { withFieldManager } from "../components/kubernetes/fieldManager";
import type { ImageSettings } from "../components/kubernetes/projectImage";
import { platformStackName } from "../model/project/stacks";
import type { EnvironmentConfig } from "../model/stackFile/schema";
import { requirePlatformUnderCli } from "./cliHints";

/** What a network's component is given. */
export interface OnPlatform {
  cluster: Cluster;
  images: ImageSettings;
  /** The stack of the environment's platform. */
  platform: pulumi.StackReference;
  /** Namespace of the network controller. */
  platformNamespace: pulumi.Input<string>;
  /** Options of the component. */
  opts: pulumi.ComponentResourceOptions;
}

/** Namespace whose pods may read metrics. Which rules there are depends on it, so that it must be a plain value. */
export async function monitoringNamespace(platform: pulumi.StackReference): Promise<string | undefined> {
  const { value } = await platform.getOutputDetails("monitoringNamespace");
  return typeof value === "string" ? value : undefined;
}

/**
 * Finds the platform of an environment.
 *
 * @param environmentName - the environment's name
 * @param projectDir - folder of Pulumi.yaml
 */
export async function onPlatform(
  environmentName: string,
  environment: EnvironmentConfig,
  projectDir: string,
): Promise<OnPlatform> {
  const platformStack = platformStackName(environmentName);
  const reference = `${pulumi.getOrganization()}/${pulumi.getProject()}/${platformStack}`;
  await requirePlatformUnderCli(reference, platformStack);
  const cluster = new Cluster("cluster", { context: environment.context });
  const platform = new pulumi.StackReference(reference);
  return {
    ...{ cluster, platform },
    images: { projectDir, ...environment.images },
    platformNamespace: platform.requireOutput("namespace"),
    opts: { providers: [cluster.provider], transformations: [withFieldManager] },
  };
}
