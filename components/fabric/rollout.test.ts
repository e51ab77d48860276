import { beforeAll, describe, expect, it } from "vitest";

import { images, one, plan, type Registered, registrations } from "../testing";
import { Network } from "./network";

const network = {
  ordering: { nodes: 3 },
  organizations: [{ name: "org1", peers: 2 }, { name: "org2" }],
  channels: [{ name: "main" }],
};

function declare(more: object = {}, enrolImage?: string): Promise<Registered[]> {
  const planned = plan({ ...network, ...more });
  const settings = enrolImage === undefined ? images : { ...images, project: enrolImage };
  return registrations((cluster) => {
    const args = { plan: planned, cluster, images: settings, platformNamespace: "baas-platform" };
    new Network("net", args, { providers: [cluster.provider] });
  });
}

const nodesOf = (all: Registered[]): any[] => one(all, "baas.io/v1alpha1:Rollout", "nodes").spec.nodes;
const setOf = (all: Registered[], name: string) => one(all, "apps/v1:StatefulSet", name);

let all: Registered[];

beforeAll(async () => void (all = await declare()));

describe("the Rollout of a network", () => {
  it("names every node with its role and the size of its volume, and orderers with their operations endpoints", () => {
    expect(nodesOf(all).map(({ template: _, ...node }) => node)).toEqual([
      { name: "ca-orderer", role: "certificate-authority", organization: "orderer", storage: "1Gi" },
      ...[0, 1, 2].map((n) => ({
        name: `orderer${n}-orderer`,
        role: "orderer",
        organization: "orderer",
        operations: `orderer${n}-orderer.net.svc:9443`,
        storage: "10Gi",
      })),
      { name: "ca-org1", role: "certificate-authority", organization: "org1", storage: "1Gi" },
      { name: "peer0-org1", role: "peer", organization: "org1", storage: "10Gi" },
      { name: "peer1-org1", role: "peer", organization: "org1", storage: "10Gi" },
      { name: "ca-org2", role: "certificate-authority", organization: "org2", storage: "1Gi" },
      { name: "peer0-org2", role: "peer", organization: "org2", storage: "10Gi" },
    ]);
  });

  it("is waited for", () => {
    const { annotations } = one(all, "baas.io/v1alpha1:Rollout", "nodes").metadata;
    expect(annotations).toEqual({ "pulumi.com/waitFor": "condition=Ready" });
  });

  it("has the hash that the StatefulSet has on itself, and not on its pods", () => {
    for (const { name, template } of nodesOf(all)) {
      const { metadata, spec } = setOf(all, name);
      expect(template).toMatch(/^[0-9a-f]{16}$/);
      expect(metadata.annotations["baas.io/template-hash"]).toBe(template);
      expect(spec.template.metadata.annotations ?? {}).not.toHaveProperty("baas.io/template-hash");
      expect(spec.updateStrategy).toEqual({ type: "OnDelete" });
    }
  });

  it("changes for the nodes whose pods must restart, and for no other", async () => {
    const before = new Map(nodesOf(all).map(({ name, template }) => [name, template]));
    const changed = async (more: object, enrolImage?: string) =>
      nodesOf(await declare(more, enrolImage))
        .filter(({ name, template }) => before.get(name) !== template)
        .map(({ name }) => name);
    const organizations = [network.organizations[0], { name: "org2", stateDatabase: "couchdb" }];
    expect(await changed({ organizations })).toEqual(["peer0-org2"]);
    // The image of the init containers comes with each release.
    expect(await changed({}, "registry.example.com/release-2")).toEqual([]);
  });
});

describe("an orderer's metrics", () => {
  it("are read by the controller and nobody else", () => {
    const { ingress } = one(all, "networking.k8s.io/v1:NetworkPolicy", "orderer0-orderer").spec;
    const open = ingress.filter((rule: any) => rule.ports.some(({ port }: any) => port === 9443));
    const labels = { "app.kubernetes.io/part-of": "baas", "app.kubernetes.io/component": "controller" };
    expect(open.map(({ from }: any) => from[0].podSelector.matchLabels)).toEqual([labels]);
  });
});
