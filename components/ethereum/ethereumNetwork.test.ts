import { describe, expect, it } from "vitest";

import { planEthereum } from "../../model/ethereum/ethereumPlan";
import { ethereumSchema } from "../../model/stackFile/ethereumSchema";
import { environmentSchema } from "../../model/stackFile/schema";
import { images, names, one, podTemplates, type Registered, registrations } from "../testing";
import { EthereumNetwork } from "./ethereumNetwork";

function network(more: object = {}): Promise<Registered[]> {
  const environment = environmentSchema.parse({ context: "test", images: { project: images.project }, size: "small" });
  const config = ethereumSchema.parse({ environment: "local", chainId: 20001, ...more });
  const plan = planEthereum("net", config, environment);
  const create = (cluster: any) =>
    new EthereumNetwork("net", { plan, cluster, images, platformNamespace: "baas-platform" });
  return registrations(create);
}

const containers = (all: Registered[], node: string): any => one(all, "apps/v1:StatefulSet", node).spec.template.spec;
const nodes = ["rpc0", "validator0", "validator1", "validator2", "validator3"];

describe("an Ethereum network", () => {
  it("has a StatefulSet for each node, a Rollout of all, and the chain", async () => {
    const all = await network();
    expect(names(all, "apps/v1:StatefulSet")).toEqual(nodes);
    expect(
      one(all, "baas.io/v1alpha1:Rollout", "nodes")
        .spec.nodes.map(({ name }: any) => name)
        .sort(),
    ).toEqual(nodes);
    expect(one(all, "baas.io/v1alpha1:EthereumNetwork", "chain").spec).toEqual({
      client: "besu",
      chainId: 20001,
      blockPeriodSeconds: 2,
      gasLimit: 30_000_000,
      freeGas: true,
      latestFork: "cancun",
      allocations: [],
      validators: nodes.slice(1).map((name) => ({ name, host: `${name}-headless.net.svc` })),
    });
    expect(names(all, "policy/v1:PodDisruptionBudget")).toEqual(["validators"]);
    expect(names(all, "batch/v1:Job")).toEqual([]);
  });

  it("asks Besu for peers and blocks by the name that it lets in", async () => {
    const [besu] = containers(await network(), "validator0").containers;
    expect(besu.readinessProbe.httpGet).toEqual({
      path: "/readiness?minPeers=1&maxBlocksBehind=10",
      port: 8545,
      httpHeaders: [{ name: "Host", value: "localhost" }],
    });
    const [alone] = containers(await network({ validators: 1 }), "validator0").containers;
    expect(alone.readinessProbe.httpGet.path).toBe("/readiness?minPeers=0&maxBlocksBehind=10");
  });

  it("has Besu take transactions for nothing only where gas is free", async () => {
    const command = async (more: object) => containers(await network(more), "rpc0").containers[0].command;
    expect(await command({})).toContain("--min-gas-price=0");
    expect(await command({ freeGas: false })).not.toContain("--min-gas-price=0");
  });

  it("of geth has signing accounts in validators alone, and names whose addresses stay", async () => {
    const all = await network({ client: "geth", smokeTest: true });
    expect(containers(all, "validator0").containers[0].command).toContain("--unlock=0");
    expect(containers(all, "rpc0").containers[0].command).not.toContain("--mine");
    expect(containers(all, "rpc0").initContainers.map(({ name }: any) => name)).toEqual(["node", "genesis"]);
    const [first] = one(all, "baas.io/v1alpha1:EthereumNetwork", "chain").spec.validators;
    expect(first).toEqual({ name: "validator0", host: "validator0.net.svc" });
    expect(names(all, "batch/v1:Job")).toEqual(["smoke-test"]);
  });

  it("lets a node make ConfigMaps, and read its own and the genesis", async () => {
    expect(one(await network(), "rbac.authorization.k8s.io/v1:Role", "rpc0").rules).toEqual([
      { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
      {
        apiGroups: [""],
        resources: ["configmaps"],
        resourceNames: ["rpc0-identity", "ethereum-genesis", "ethereum-validators"],
        verbs: ["get"],
      },
    ]);
  });

  it("lets clients reach RPC nodes, and the controller validators", async () => {
    const all = await network();
    const rules = (node: string): any[] => one(all, "networking.k8s.io/v1:NetworkPolicy", node).spec.ingress;
    const reaching = (node: string, port: number) =>
      rules(node)
        .filter(({ ports }) => ports.some((each: any) => each.port === port))
        .flatMap(({ from }) => from)
        .map(({ podSelector }) => podSelector.matchLabels["app.kubernetes.io/component"]);
    expect(reaching("rpc0", 8545)).toEqual(["client"]);
    expect(reaching("validator0", 8545)).toEqual(["controller"]);
    expect(reaching("validator0", 30303)).toEqual(["validator", "rpc-node"]);
    expect(reaching("rpc0", 30303)).toEqual([]);
  });

  it("mounts the token of the API in the container that publishes alone", async () => {
    for (const { template } of podTemplates(await network())) {
      const { initContainers, containers } = template.spec;
      const mounting = [...initContainers, ...containers].filter(({ volumeMounts }: any) =>
        volumeMounts.some(({ name }: any) => name === "api-token"),
      );
      expect(mounting.map(({ name }: any) => name)).toEqual(["node"]);
    }
  });
});
