import { beforeAll, describe, expect, it } from "vitest";

import { planEthereum } from "../../model/ethereum/ethereumPlan";
import { ethereumSchema } from "../../model/stackFile/ethereumSchema";
import { environmentSchema } from "../../model/stackFile/schema";
import { images, one, type Registered, registrations } from "../testing";
import { EthereumNetwork } from "./ethereumNetwork";

const sha256 = "ab".repeat(32);

function network(gateway: object | undefined): Promise<Registered[]> {
  const environment = environmentSchema.parse({
    ...{ context: "test", images: { project: images.project }, size: "small" },
    gateway: { ports: { from: 30443, to: 30499 } },
  });
  const ethereum = { environment: "local", chainId: 20001, rpcNodes: 2, domain: "chain.example.com", gateway };
  const plan = planEthereum("net", ethereumSchema.parse(ethereum), environment);
  const create = (cluster: any) =>
    new EthereumNetwork("net", { plan, cluster, images, platformNamespace: "baas-platform" });
  return registrations(create);
}

const policy = (all: Registered[], name: string) => one(all, "networking.k8s.io/v1:NetworkPolicy", name).spec;
const settings = (all: Registered[]) => JSON.parse(one(all, "core/v1:ConfigMap", "json-rpc").data["settings.json"]);
const pod = (all: Registered[], name: string) => one(all, "apps/v1:Deployment", name).spec.template;

/** Ports, with the roles that a rule names. */
const opened = (rules: any[]): string[] =>
  rules.map(({ from = [], to = [], ports }) => {
    const who = [...from, ...to].map(
      ({ podSelector: { matchLabels: its } }: any) => its["app.kubernetes.io/component"],
    );
    return `${ports.map(({ port }: any) => port).join(" ")}: ${who.join(", ") || "anywhere"}`;
  });

describe("an Ethereum network with a gateway", () => {
  let all: Registered[];
  let without: Registered[];
  beforeAll(async () => {
    all = await network({ port: 30443, tokens: [{ name: "wallets", sha256 }] });
    without = await network(undefined);
  });

  it("registers exactly these objects for it", () => {
    const seen = new Set(without.map(({ type, name }) => `${type} ${name}`));
    expect(all.map(({ type, name }) => `${type} ${name}`).filter((line) => !seen.has(line))).toEqual([
      "apps/v1:Deployment gateway",
      "apps/v1:Deployment json-rpc",
      "baas:index:EthereumGateway net-gateway",
      "baas:index:ProjectImage net-gateway-json-rpc",
      "core/v1:ConfigMap gateway",
      "core/v1:ConfigMap json-rpc",
      "core/v1:Service gateway",
      "core/v1:Service json-rpc",
      "core/v1:ServiceAccount gateway",
      "core/v1:ServiceAccount json-rpc",
      "docker:index/image:Image net-gateway-json-rpc",
      "networking.k8s.io/v1:NetworkPolicy gateway",
      "networking.k8s.io/v1:NetworkPolicy json-rpc",
      "policy/v1:PodDisruptionBudget gateway",
      "policy/v1:PodDisruptionBudget json-rpc",
    ]);
  });

  it("changes nothing else but who reaches RPC nodes", () => {
    const before = new Map(without.map(({ type, name, inputs }) => [`${type} ${name}`, JSON.stringify(inputs)]));
    const changed = all
      .map(({ type, name, inputs }) => [`${type} ${name}`, JSON.stringify(inputs)] as const)
      .filter(([line, text]) => before.has(line) && before.get(line) !== text);
    expect(changed.map(([line]) => line)).toEqual([
      "networking.k8s.io/v1:NetworkPolicy rpc0",
      "networking.k8s.io/v1:NetworkPolicy rpc1",
    ]);
  });

  it("leads from the port to the filter, from there to the RPC nodes, and nowhere else", () => {
    expect(opened(policy(all, "gateway").ingress)).toEqual(["8443: anywhere", "8081: prometheus"]);
    expect(opened(policy(all, "gateway").egress)).toEqual(["8445: json-rpc"]);
    expect(opened(policy(all, "json-rpc").ingress)).toEqual(["8445: gateway", "8080: prometheus"]);
    expect(opened(policy(all, "json-rpc").egress)).toEqual(["8545 8546: rpc-node"]);
    expect(opened(policy(all, "rpc0").ingress)).toEqual(["8545 8546: client, json-rpc", "9545: prometheus"]);
    expect(opened(policy(without, "rpc0").ingress)).toEqual(["8545 8546: client", "9545: prometheus"]);
  });

  it("passes TLS through for one name, and tells the filter for whom", () => {
    const configuration = one(all, "core/v1:ConfigMap", "gateway").data["haproxy.cfg"];
    expect(configuration).toContain("{ var(sess.name) -m str rpc.chain.example.com }");
    expect(configuration).toContain(
      "server json-rpc json-rpc.net.svc.cluster.local:8445 send-proxy check check-send-proxy ",
    );
    expect(configuration).not.toMatch(/ssl crt|mode http\n.*json-rpc/);
  });

  it("tells the filter its nodes and what counts, and of tokens the hashes alone", () => {
    expect(settings(all)).toMatchObject({
      proxyProtocol: true,
      tls: { host: "rpc.chain.example.com" },
      nodes: [
        { name: "rpc0", rpc: "rpc0.net.svc:8545", webSocket: "rpc0.net.svc:8546" },
        { name: "rpc1", rpc: "rpc1.net.svc:8545", webSocket: "rpc1.net.svc:8546" },
      ],
      limits: { batch: 100, bodyBytes: 1_048_576, logBlocks: 10_000, subscriptions: 20, callsPerSecond: 100 },
      tokens: [{ name: "wallets", sha256 }],
    });
  });

  it("restarts the filter for other nodes, and not for other tokens, methods or limits", async () => {
    const hash = (registered: Registered[]) => pod(registered, "json-rpc").metadata.annotations;
    const followed = await network({ port: 30443, methods: { add: ["txpool_status"] }, calls: { batch: 1 } });
    expect(hash(followed)).toEqual(hash(all));
    expect(hash(await network({ port: 30443, certificateSecret: "rpc-tls" }))).not.toEqual(hash(all));
  });

  it("has neither rights nor keys in its pods", () => {
    for (const name of ["gateway", "json-rpc"]) {
      const { spec } = pod(all, name);
      expect([name, spec.automountServiceAccountToken]).toEqual([name, false]);
      expect(spec.volumes.filter(({ secret }: any) => secret)).toEqual([]);
    }
  });

  it("serves the user's own certificate", async () => {
    const own = await network({ port: 30443, certificateSecret: "rpc-tls" });
    const { volumes, containers } = pod(own, "json-rpc").spec;
    expect(volumes).toContainEqual({ name: "certificate", secret: { secretName: "rpc-tls", defaultMode: 0o440 } });
    expect(containers[0].volumeMounts).toContainEqual({
      ...{ name: "certificate", mountPath: "/etc/baas/json-rpc-certificate", readOnly: true },
    });
    expect(settings(own).tls.files).toEqual({
      certificate: "/etc/baas/json-rpc-certificate/tls.crt",
      privateKey: "/etc/baas/json-rpc-certificate/tls.key",
    });
  });
});
