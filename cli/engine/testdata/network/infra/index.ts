// A small network of nodes for the tests of the engine: one resource of every kind that a program may declare.
import * as docker from "@pulumi/docker";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { cases } from "./cases";

class Node extends pulumi.ComponentResource {
  readonly address: pulumi.Output<string>;

  constructor(
    name: string,
    args: { namespace: pulumi.Input<string>; image: string },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("fixture:index:Node", name, {}, opts);
    const labels = { app: name };
    const metadata = { name, namespace: args.namespace, labels };
    const config = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      { metadata, data: { "node.yaml": "log: info\nport: 7051\n", greeting: new pulumi.Config().require("greeting") } },
      { parent: this },
    );
    new k8s.apps.v1.StatefulSet(
      `${name}-set`,
      {
        metadata,
        spec: {
          serviceName: name,
          replicas: new pulumi.Config().getNumber("replicas") ?? 1,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              containers: [
                { name: "node", image: args.image, envFrom: [{ configMapRef: { name: config.metadata.name } }] },
              ],
            },
          },
          volumeClaimTemplates: [
            {
              metadata: { name: "data" },
              spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
            },
          ],
        },
      },
      { parent: this, ignoreChanges: ["spec.volumeClaimTemplates"], aliases: [{ name: `${name}-statefulset` }] },
    );
    this.address = config.metadata.apply(({ name, namespace }) => `${name}.${namespace}.svc`);
    this.registerOutputs({ address: this.address });
  }
}

function network(nodes: number) {
  const provider = new k8s.Provider("cluster", { context: "fixture", enableConfigMapMutable: true });
  const image = new docker.Image("image", {
    imageName: "registry.local/node:0123456789abcdef",
    build: { context: "../src", dockerfile: "../src/Dockerfile", args: { VERSION: "1.0" } },
    skipPush: true,
  });
  const namespace = new k8s.core.v1.Namespace(
    "namespace",
    { metadata: { name: pulumi.getStack() } },
    { provider, retainOnDelete: true },
  );
  const password = new random.RandomPassword("password", { length: 20, minSpecial: 2, keepers: { round: "1" } });
  new k8s.core.v1.Secret(
    "credentials",
    {
      metadata: { name: "credentials", namespace: namespace.metadata.name },
      stringData: { password: password.result },
    },
    { provider },
  );
  const platform = new pulumi.StackReference("organization/fixture/platform");
  const all = Array.from({ length: nodes }, (_, i) => {
    const args = { namespace: namespace.metadata.name, image: "registry.local/node:0123456789abcdef" };
    return new Node(`node${i}`, args, { providers: [provider], dependsOn: [image] });
  });
  new k8s.apiextensions.CustomResource(
    "channel",
    {
      apiVersion: "fixture.io/v1",
      kind: "Channel",
      metadata: { name: "trades", namespace: namespace.metadata.name },
      spec: { platform: platform.requireOutput("namespace"), nodes: all.map((node) => node.address) },
    },
    { provider, dependsOn: all, customTimeouts: { create: "5m" } },
  );
  return { namespace: namespace.metadata.name, addresses: all.map((node) => node.address), password: password.result };
}

function platform() {
  const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: "fixture-platform" } });
  new k8s.apiextensions.v1.CustomResourceDefinition("channels", {
    metadata: { name: "channels.fixture.io" },
    spec: {
      group: "fixture.io",
      scope: "Namespaced",
      names: { kind: "Channel", plural: "channels" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  });
  return { namespace: namespace.metadata.name };
}

export = async () => {
  const config = new pulumi.Config();
  const example = config.get("case");
  if (example !== undefined) return cases[example]!(config);
  const nodes = config.getObject<{ nodes: number }>("network")?.nodes;
  return nodes === undefined ? platform() : network(nodes);
};
