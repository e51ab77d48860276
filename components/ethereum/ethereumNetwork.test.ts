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
        resourceNames: ["rpc0-identity", "ethereum-genesis", "ethereum-validators", "ethereum-forks"],
        verbs: ["get"],
      },
    ]);
  });

  it("tells the controller and every node of later forks, so that all restart when they change", async () => {
    const forks = [{ name: "prague", time: 1_798_761_600 }];
    const all = await network({ forks: { prague: "2027-01-01T00:00:00Z" } });
    expect(one(all, "baas.io/v1alpha1:EthereumNetwork", "chain").spec.forks).toEqual(forks);
    for (const node of nodes) {
      const [{ env }] = containers(all, node).initContainers;
      expect(env).toContainEqual({ name: "ETHEREUM_FORKS", value: JSON.stringify(forks) });
    }
    const templates = (registered: Registered[]) =>
      one(registered, "baas.io/v1alpha1:Rollout", "nodes").spec.nodes.map(({ template }: any) => template);
    const before = templates(await network());
    expect(templates(all).filter((hash: string) => before.includes(hash))).toEqual([]);
  });

  it("has Besu take transactions of the allowed accounts alone", async () => {
    const account = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    const all = await network({ allowedAccounts: [account] });
    for (const node of nodes) {
      expect(one(all, "core/v1:ConfigMap", node).data).toEqual({
        "accounts.toml": `accounts-allowlist=["${account.toLowerCase()}"]\n`,
      });
      const {
        initContainers: [prepare],
        containers: [besu],
      } = containers(all, node);
      expect(besu.command).toContain("--permissions-accounts-config-file=/data/accounts.toml");
      // Besu writes it, so it gets a copy.
      const mounted = { name: "configuration", mountPath: "/etc/baas/ethereum", readOnly: true };
      expect(prepare.volumeMounts).toContainEqual(mounted);
      expect(prepare.env).toContainEqual({
        name: "ETHEREUM_ALLOWED_ACCOUNTS",
        value: "/etc/baas/ethereum/accounts.toml",
      });
      expect(besu.volumeMounts).not.toContainEqual(mounted);
    }
    expect(containers(await network(), "rpc0").containers[0].command.join()).not.toContain("permissions");
  });

  it("has bootnodes between RPC nodes and validators, where they are wanted", async () => {
    const all = await network({ bootnodes: 2 });
    expect(names(all, "apps/v1:StatefulSet")).toEqual(["bootnode0", "bootnode1", ...nodes]);
    expect(names(all, "policy/v1:PodDisruptionBudget")).toEqual(["bootnodes", "validators"]);
    const [{ env }] = containers(all, "rpc0").initContainers;
    expect(env).toContainEqual({
      name: "ETHEREUM_BOOTNODES",
      value: JSON.stringify(["bootnode0", "bootnode1"].map((name) => ({ name, host: `${name}-headless.net.svc` }))),
    });
    expect(one(all, "rbac.authorization.k8s.io/v1:Role", "rpc0").rules[1].resourceNames).toEqual([
      ...["rpc0-identity", "bootnode0-identity", "bootnode1-identity"],
      ...["ethereum-genesis", "ethereum-validators", "ethereum-forks"],
    ]);
    const reaching = (node: string): string[] =>
      one(all, "networking.k8s.io/v1:NetworkPolicy", node)
        .spec.ingress.flatMap(({ from }: any) => from)
        .map(({ podSelector }: any) => podSelector.matchLabels["app.kubernetes.io/component"]);
    expect(reaching("validator0")).toEqual(["validator", "bootnode", "controller", "prometheus"]);
    expect(reaching("bootnode0")).toEqual(["rpc-node", "prometheus"]);
    expect(containers(all, "bootnode0").containers[0].command).toContain("--rpc-http-api=ETH,NET,WEB3");
  });

  it("lets Prometheus read the metrics of Besu; geth has none that are read", async () => {
    const open = async (client: string, node: string) => {
      const all = await network({ client });
      return one(all, "core/v1:Service", node).spec.ports.map(({ name }: any) => name);
    };
    expect(await open("besu", "rpc0")).toEqual(["p2p", "rpc", "websocket", "metrics"]);
    expect(await open("geth", "rpc0")).toEqual(["p2p", "rpc", "websocket"]);
    const { command } = containers(await network(), "validator0").containers[0];
    expect(command).toContain("--metrics-port=9545");
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
