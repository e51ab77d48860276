import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TestCa } from "../../fabric/src/testing/testCertificates";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import type { KubernetesObject } from "../engine/cluster/kubernetesObject";
import { findGateway, nodeAddresses, readTlsRoots } from "./clusterLookup";
import { clusterWith, everything, networkLike } from "./testing";

function object(kind: string, name: string, more: object, namespace?: string): KubernetesObject {
  return { apiVersion: "v1", kind, metadata: { name, ...(namespace !== undefined && { namespace }) }, ...more };
}

function node(name: string, addresses: [type: string, address: string][], ready = "True"): KubernetesObject {
  const status = {
    conditions: [{ type: "Ready", status: ready }],
    addresses: addresses.map(([type, address]) => ({ type, address })),
  };
  return object("Node", name, { status });
}

const service = (status = {}) => object("Service", "gateway", { status }, "dev");

describe("root certificates", () => {
  let ca: TestCa;
  beforeAll(() => {
    ca = new TestCa("root");
  });
  afterAll(() => ca.close());

  const roots = (organization: string, data: object) =>
    object("ConfigMap", `ca-${organization}-roots`, { data }, "dev");

  it("are those of the organizations that clients reach, and nothing else comes with them", async () => {
    const { key } = ca.issue("leaf");
    const data = { "ca.pem": "another", "tlsca.pem": `${key}${ca.certificate}${key}` };
    const found = await readTlsRoots(clusterWith([roots("org1", data)]), networkLike({ peers: ["org1"] }));
    expect(found).toEqual(new Map([["org1", ca.certificate]]));
  });

  it("are not there before the network is applied", async () => {
    const found = readTlsRoots(clusterWith([]), networkLike(everything));
    await expect(found).rejects.toThrow(
      'network "dev" is not up in the cluster of context "test": there is no ConfigMap dev/ca-org1-roots, which the ' +
        "organization's CA publishes\n  -> Nothing was written. Run: ./baas apply dev --context test",
    );
  });

  it("are certificates", async () => {
    const found = readTlsRoots(clusterWith([roots("org1", { "tlsca.pem": "none" })]), networkLike({}));
    await expect(found).rejects.toThrow("ConfigMap dev/ca-org1-roots has no certificate under tlsca.pem");
  });

  it("may be kept from the user", async () => {
    const found = readTlsRoots(clusterWith([], "ConfigMap"), networkLike({}));
    await expect(found).rejects.toThrow(
      'the cluster of context "test" does not show ConfigMap dev/ca-org1-roots: you cannot read ConfigMaps',
    );
  });
});

describe("the gateway", () => {
  it("is on the nodes", async () => {
    const nodes = [node("b", [["InternalIP", "10.0.0.2"]]), node("a", [["InternalIP", "10.0.0.1"]])];
    expect(await findGateway(clusterWith([service(), ...nodes]), networkLike({}))).toEqual({
      addresses: ["10.0.0.1", "10.0.0.2"],
      source: "the nodes",
    });
  });

  it("is where ports of this machine lead to the node, with a cluster by kind", async () => {
    const nodes = [node("baas-clone-control-plane", [["InternalIP", "172.18.0.2"]])];
    const local = { type: "kind", nodeAddress: "127.0.0.1" } as LocalCluster;
    const cluster = { ...clusterWith([service(), ...nodes]), local };
    expect((await findGateway(cluster, networkLike({}))).addresses).toEqual(["127.0.0.1"]);
    expect((await findGateway(cluster, networkLike({}), "192.0.2.4")).addresses).toEqual(["192.0.2.4"]);
  });

  it("is at the addresses of its load balancer", async () => {
    const network = networkLike({}, { exposure: { type: "LoadBalancer" } });
    const balanced = service({ loadBalancer: { ingress: [{ ip: "192.0.2.7" }, { hostname: "localhost" }] } });
    const { addresses, source } = await findGateway(clusterWith([balanced]), network);
    expect(addresses.slice(0, 2)).toEqual(["192.0.2.7", "127.0.0.1"]);
    expect(source).toBe("the load balancer of Service dev/gateway");
    await expect(findGateway(clusterWith([service()]), network)).rejects.toThrow(
      "the gateway's address is unknown: the load balancer of Service dev/gateway has none yet\n  -> Give it: --address HOST",
    );
  });

  it("is at the addresses of the cluster's Gateway", async () => {
    const exposure = { type: "TLSRoute", gateway: { name: "edge", namespace: "edges" } };
    const network = networkLike({}, { exposure });
    const edge = object(
      "Gateway",
      "edge",
      { status: { addresses: [{ type: "IPAddress", value: "192.0.2.9" }] } },
      "edges",
    );
    expect(await findGateway(clusterWith([service(), edge]), network)).toEqual({
      addresses: ["192.0.2.9"],
      source: "Gateway edges/edge",
    });
    await expect(findGateway(clusterWith([service()]), network)).rejects.toThrow("there is no Gateway edges/edge");
  });

  it("is where the environment says, and before that where the user says", async () => {
    const network = networkLike({}, { exposure: { address: "192.0.2.3" } });
    const cluster = clusterWith([service()], "Node");
    expect(await findGateway(cluster, network)).toEqual({
      addresses: ["192.0.2.3"],
      source: 'environment "local"',
    });
    expect(await findGateway(cluster, network, "192.0.2.4")).toEqual({
      addresses: ["192.0.2.4"],
      source: "--address",
    });
  });

  it("is not there before it is applied", async () => {
    await expect(findGateway(clusterWith([]), networkLike({}), "192.0.2.4")).rejects.toThrow(
      "there is no Service dev/gateway\n  -> Nothing was written. Run: ./baas apply dev --context test",
    );
  });

  it("is nowhere when a name leads nowhere, or no node is ready", async () => {
    const cluster = clusterWith([service(), node("a", [["InternalIP", "10.0.0.1"]], "Unknown")]);
    await expect(findGateway(cluster, networkLike({}), "no.such.invalid")).rejects.toThrow(
      /^the gateway's address is unknown: "no\.such\.invalid" does not resolve to an address: /,
    );
    await expect(findGateway(cluster, networkLike({}))).rejects.toThrow("no ready node has an address");
  });
});

describe("the addresses of nodes", () => {
  it("are the external ones where any node has one", () => {
    const nodes = [
      node("a", [["InternalIP", "10.0.0.1"]]),
      node("b", [
        ["InternalIP", "10.0.0.2"],
        ["ExternalIP", "192.0.2.2"],
      ]),
      node("c", [
        ["Hostname", "c"],
        ["ExternalIP", "192.0.2.3"],
      ]),
    ];
    expect(nodeAddresses(nodes)).toEqual(["192.0.2.2", "192.0.2.3"]);
  });
});
