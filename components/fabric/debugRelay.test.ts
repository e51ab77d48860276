import { load } from "js-yaml";
import { describe, expect, it } from "vitest";

import type { NetworkPlan } from "../../model/network/networkPlan";
import { images, one, plan, type Registered, registrations } from "../testing";
import { Network } from "./network";

const exposure = { ports: { from: 30443, to: 30443 } };
const image = "registry.example.com/asset:1";
const network = {
  organizations: [{ name: "org1", clients: ["alice"], debug: { developers: ["alice"] } }, { name: "org2" }],
  channels: [{ name: "main" }],
  chaincodes: [{ name: "asset", channel: "main", image, version: "1.0" }],
  gateway: { port: 30443 },
};

function declare(net: NetworkPlan): Promise<Registered[]> {
  return registrations((cluster) => {
    const args = { plan: net, cluster, images, platformNamespace: "baas-platform" };
    new Network("net", args, { providers: [cluster.provider] });
  });
}

const configurationOf = (all: Registered[], peer: string): any =>
  load(one(all, "core/v1:ConfigMap", peer).data["core.yaml"]);

describe("a debug peer", () => {
  it("takes the relay beside it for its organization's chaincode servers", async () => {
    const all = await declare(plan(network, exposure));
    const { spec, metadata } = one(all, "apps/v1:StatefulSet", "debug-org1").spec.template;
    expect(spec.hostAliases).toEqual([{ ip: "127.0.0.2", hostnames: ["asset-1-0-org1"] }]);
    expect(metadata.labels["baas.io/debug"]).toBe("true");
    expect(spec.containers.map(({ name }: any) => name)).toEqual(["peer", "relay"]);
    const [, relay] = spec.containers;
    expect(Object.fromEntries(relay.env.map(({ name, value }: any) => [name, value]))).toEqual({
      DEBUG_RELAY_SERVERS: "asset-1-0-org1",
      DEBUG_RELAY_SERVER_DOMAIN: "net.svc.cluster.local",
      DEBUG_RELAY_DEVELOPERS: "alice",
      DEBUG_RELAY_TLS_DIR: "/etc/baas/tls",
      DEBUG_RELAY_ROOTS_DIR: "/etc/baas/roots",
      DEBUG_RELAY_LISTEN: "0.0.0.0:8445",
    });
    const { env } = spec.initContainers[0];
    expect(env.find(({ name }: any) => name === "ENROL_HOSTS").value).toMatch(
      /^debug-org1,.*,debug\.org1\.net\.example\.com,relay\.org1\.net\.example\.com,asset-1-0-org1$/,
    );
  });

  it("is reached by the controller, the gateway and the monitoring, and reaches no peer", async () => {
    const all = await declare(plan(network, exposure));
    const { ingress, egress } = one(all, "networking.k8s.io/v1:NetworkPolicy", "debug-org1").spec;
    const role = "app.kubernetes.io/component";
    const roles = (peers: any[]): string[] => peers.map(({ podSelector }) => podSelector?.matchLabels?.[role]);
    expect(ingress.flatMap(({ from }: any) => roles(from))).toEqual(["controller", "gateway", "prometheus"]);
    expect(egress.flatMap(({ to }: any) => roles(to))).toEqual(["orderer", "chaincode", "certificate-authority"]);
    const { peer } = configurationOf(all, "debug-org1");
    expect(peer.gossip).toMatchObject({ bootstrap: "debug-org1.net.svc:7051", pvtData: { pullRetryThreshold: "0s" } });
  });

  it("is on the organization's channels and has its chaincode, but anchors nothing", async () => {
    const all = await declare(plan(network, exposure));
    const [own] = one(all, "baas.io/v1alpha1:Channel", "main").spec.organizations;
    expect(own.peers.map(({ name }: any) => name)).toEqual(["peer0-org1", "debug-org1"]);
    expect(own.anchorPeers).toEqual(["peer0-org1.net.svc:7051"]);
    const [installed] = one(all, "baas.io/v1alpha1:Chaincode", "main.asset").spec.organizations;
    expect(installed.peers).toEqual(["peer0-org1", "debug-org1"]);
  });

  it("is reached through the gateway by its name, and so is its relay; any peer of the organization is another", async () => {
    const all = await declare(plan(network, exposure));
    const { data } = one(all, "core/v1:ConfigMap", "gateway");
    expect(data["routes.map"].split("\n")).toEqual([
      "api.net.example.com api",
      "debug.org1.net.example.com debug-org1",
      "relay.org1.net.example.com relay-debug-org1",
      "",
    ]);
    expect(data["haproxy.cfg"]).toContain(
      "server debug-org1 debug-org1.net.svc.cluster.local:8445 track debug-org1/debug-org1",
    );
  });

  it("is not there without being asked for, and its organization's other peers are as they were", async () => {
    const organizations = [{ name: "org1", clients: ["alice"] }, { name: "org2" }];
    const [debugged, plain] = [
      await declare(plan(network, exposure)),
      await declare(plan({ ...network, organizations }, exposure)),
    ];
    expect(plain.filter(({ name }) => name.includes("debug"))).toEqual([]);
    const peerOf = (all: Registered[]) => one(all, "apps/v1:StatefulSet", "peer0-org1");
    expect(peerOf(debugged)).toEqual(peerOf(plain));
  });
});

describe("the time that chaincode may take", () => {
  it.each([
    ["testing", "30m"],
    ["production", "30s"],
    [undefined, "30s"],
  ])("in an environment with purpose %s is %s", async (purpose, time) => {
    const organizations = [{ name: "org1" }];
    const all = await declare(plan({ organizations }, undefined, purpose === undefined ? {} : { purpose }));
    const { chaincode, peer } = configurationOf(all, "peer0-org1");
    expect([chaincode.executetimeout, peer.gateway.endorsementTimeout]).toEqual([time, time]);
  });
});
