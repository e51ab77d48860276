/**
 * Runs components against Pulumi's mocks and returns what they registered. For tests only.
 */
import * as pulumi from "@pulumi/pulumi";

import type { KafkaService } from "../model/network/kafkaService";
import { type NetworkPlan } from "../model/network/networkPlan";
import { planNetwork } from "../model/network/planNetwork";
import { environmentSchema, networkSchema } from "../model/stackFile/schema";
import { Cluster } from "./kubernetes/cluster";
import type { ImageSettings } from "./kubernetes/projectImage";

/** A resource as a component registered it. */
export interface Registered {
  /** Type without package version noise: `apps/v1:StatefulSet`, or `baas:index:Peer`. */
  type: string;
  /** Name of the Kubernetes object, or of any other resource. */
  name: string;
  /** Name of the resource in Pulumi. */
  resource: string;
  inputs: any;
}

/** Images that no test builds. */
export const images: ImageSettings = {
  projectDir: `${__dirname}/..`,
  upstream: "docker.io",
  project: "registry.example.com/baas",
  push: true,
};

/**
 * The plan of a network in a stack called `net`.
 *
 * @param exposure - `gateway` of its environment
 * @param more - other fields of its environment
 * @param kafka - the Kafka of its environment
 */
export function plan(network: object, exposure?: object, more: object = {}, kafka?: KafkaService): NetworkPlan {
  const environment = environmentSchema.parse({
    context: "test",
    images: { project: images.project },
    size: "small",
    gateway: exposure,
    ...more,
  });
  const config = networkSchema.parse({ environment: "local", domain: "net.example.com", ...network });
  return planNetwork("net", config, environment, kafka);
}

/** What a platform is told of its CA. */
export const platformNodes = {
  stack: "platform-local",
  caStorage: "1Gi",
  nodes: { ipFamilies: [], clusterDomain: "cluster.local", fabricVersion: "2.5.16" },
};

/**
 * Registers what `create` creates and returns it, sorted by type and name.
 */
export async function registrations(create: (cluster: Cluster) => void): Promise<Registered[]> {
  const seen: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        seen.push({
          type: type.replace(/^kubernetes:/, ""),
          name: inputs.metadata?.name ?? name,
          resource: name,
          inputs,
        });
        return { id: `${name}-id`, state: inputs };
      },
      call: () => ({}),
    },
    "baas",
    "net",
    true,
  );
  create(new Cluster("cluster", { context: "test" }));
  await pulumi.runtime.disconnect();
  return seen.sort((a, b) => `${a.type} ${a.name}`.localeCompare(`${b.type} ${b.name}`));
}

/** The one registration of a type and name. */
export function one(all: Registered[], type: string, name: string): any {
  const found = all.filter((registered) => registered.type === type && registered.name === name);
  if (found.length !== 1) throw new Error(`${found.length} registrations of ${type} ${name}`);
  return found[0]!.inputs;
}

/** Names registered of a type. */
export function names(all: Registered[], type: string): string[] {
  return all.filter((registered) => registered.type === type).map((registered) => registered.name);
}

/** Pod template of every workload, by name of the workload. */
export function podTemplates(all: Registered[]): { name: string; template: any }[] {
  return all
    .filter(({ type }) => ["apps/v1:StatefulSet", "apps/v1:Deployment", "batch/v1:Job"].includes(type))
    .map(({ name, inputs }) => ({ name, template: inputs.spec.template }));
}
