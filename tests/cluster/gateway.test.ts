/**
 * The gateways of two networks on the local Kubernetes, with doubles in place of Fabric's nodes; see edge/. "Outside" is this
 * machine, which reaches the node's ports, or an outside machine that tries all other addresses too.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { whyUnsupported } from "../../local-cluster/host";
import { down, up } from "../../local-cluster/localCluster";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import { newPrivateKey, parsePrivateKey } from "../../services/common/keys";
import { TestCa } from "../../services/common/testing/testCa";
import { ask, clientHello, closed, connectTls, sendUntilClosed, whoAnswers } from "../edge/clients";
import { SteadyCalls } from "../edge/steadyCalls";
import { ProjectCopy } from "../projectCopy";
import { apiCases, autoscalerCases, renewalCases } from "./edge/apiCases";
import { EdgeNetwork, kubectl, type PlatformAuthorities, platformAuthorities } from "./edge/edgeNetwork";
import { nodeProcess } from "./edge/networkNamespaces";
import { OutsideMachine } from "./edge/outsideMachine";
import { RemoteProbe } from "./edge/remoteProbe";

const instance = process.env.BAAS_TEST_INSTANCE ?? "test-gateway";
const patience = { timeout: 90_000, interval: 500 };
const devFile = "stacks/Pulumi.dev.yaml";

let skipReason: string | undefined;
let cluster: LocalCluster;
let project: ProjectCopy;
/** Its API has an enrolled, short-lived certificate. */
let dev: EdgeNetwork;
/** Its API has the user's own certificate, and its limits are low. */
let trade: EdgeNetwork;
let ownCa: TestCa;
let platform: PlatformAuthorities;
let outside: OutsideMachine | undefined;

beforeAll(async () => {
  skipReason = await whyUnsupported();
  if (skipReason !== undefined) return;
  cluster = await up({ type: "debian", name: instance });
  await removeAll();
  project = new ProjectCopy();
  project.edit(
    "stacks/Pulumi.platform-local.yaml",
    "environment: local",
    "environment: local\n    monitoringNamespace: monitoring",
  );
  const allowed = "policies:\n  security-network-policies: { namespaces: [monitoring] }";
  project.edit("stacks/environments/local.yaml", "policies:", allowed);
  const port = (number: number, more: string) => [`      port: ${number}`, `${more}\n      port: ${number}`] as const;
  project.edit(devFile, ...port(30443, "      limits: { connectionsPerClient: 1000, newConnectionsPerClient: 10000 }"));
  project.edit(
    devFile,
    "    gateway:",
    `    api:
      tokens: { issuer: "https://login.example.com", audience: dev }
      certificates: {}
      identities: [app]
      roles:
        reader:
          { actions: [read], channels: [main], members: ["certificate:org1/CN=alice,OU=client"], identities: [app] }
    gateway:
      autoscaling: { maxReplicas: 3 }`,
  );
  const narrow = "      limits: { connectionsPerClient: 4, newConnectionsPerClient: 10000, headerTimeout: 3s }";
  project.edit("stacks/Pulumi.trade.yaml", ...port(30444, `      certificateSecret: api-certificate\n${narrow}`));
  platform = await platformAuthorities();
  dev = new EdgeNetwork(cluster, project, { stack: "dev", lifeSeconds: 45, platform });
  trade = new EdgeNetwork(cluster, project, { stack: "trade", platform });
  ownCa = await TestCa.make("an authority of the user's");
  await trade.applyObjects([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "trade" } }]);
  await writeOwnCertificate();
  await dev.apply();
  await trade.apply();
  outside = await OutsideMachine.connect(cluster);
});

afterAll(async () => {
  outside?.remove();
  project?.remove();
  if (cluster === undefined) return;
  if (process.env.BAAS_TEST_INSTANCE === undefined) await down({ name: instance, purge: true });
  else await removeAll();
});

beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));

async function removeAll(): Promise<void> {
  const namespaces = ["dev", "trade", "elsewhere", "monitoring", "baas-platform"];
  await kubectl(cluster, "default", "delete", "namespace", ...namespaces, "--ignore-not-found");
}

/** Gives the network `trade` another certificate of the user's own. */
async function writeOwnCertificate(): Promise<void> {
  const key = newPrivateKey();
  const { apiHost } = trade.gateway;
  const certificate = await ownCa.issue(parsePrivateKey(key)!, apiHost, [apiHost]);
  const metadata = { name: "api-certificate", namespace: "trade" };
  const stringData = { "tls.crt": certificate, "tls.key": key };
  await trade.applyObjects([{ apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", metadata, stringData }]);
}

/** Serial number of the API's certificate, as seen by a client that verifies it. */
async function apiCertificate(network: EdgeNetwork, ca: TestCa): Promise<string> {
  const options = { ca: ca.pem, rejectUnauthorized: true };
  const socket = await connectTls(network.address, network.gateway.apiHost, options);
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

const deadNames = ["api.example.com", "peer9.org1.dev.example.com", "orderer0.trade.example.com", "localhost"];

describe("from outside", () => {
  it("each network has one port, and there is no other", async () => {
    const { items } = JSON.parse(await kubectl(cluster, "default", "get", "services", "-A", "-o", "json"));
    const open = items.flatMap(({ metadata, spec }: any) =>
      spec.ports.flatMap(({ nodePort }: any) =>
        nodePort ? [`${metadata.namespace}/${metadata.name} ${nodePort}`] : [],
      ),
    );
    expect(open).toEqual(["dev/gateway 30443", "trade/gateway 30444"]);
  });

  it("every name leads where it should, and no other name leads anywhere", async () => {
    for (const network of [dev, trade]) {
      for (const { names, nodes } of network.gateway.routes) {
        const expected = nodes.map(({ fqdn }) => fqdn);
        for (const name of names) {
          // The gateway treats a node as healthy after its first successful check.
          await vi.waitFor(async () => expect(expected).toContain(await whoAnswers(network.address, name)), patience);
        }
      }
      for (const name of deadNames) expect(await whoAnswers(network.address, name)).toBe("refused");
    }
  });

  it("the API tells of the network, with all nodes healthy", async () => {
    for (const [network, ca] of [
      [dev, dev.authority("org1")],
      [trade, ownCa],
    ] as const) {
      const { apiHost: servername } = network.gateway;
      await vi.waitFor(async () => {
        const { status, body } = await ask(network.address, { path: "/status.json", servername, ca: ca.pem });
        expect(status).toBe(200);
        expect(JSON.parse(body).domain).toBe(network.plan.domain);
        expect(body).not.toContain("false");
      }, patience);
    }
  });

  it("slow clients are cut off", async () => {
    await sendUntilClosed(trade.address);
    await sendUntilClosed(trade.address, clientHello(Buffer.from(trade.gateway.apiHost)).subarray(0, 50));
    const socket = await connectTls(trade.address, trade.gateway.apiHost);
    socket.write("GET / HTTP/1.1\r\n");
    await closed(socket);
  });

  it("a client gets as many connections as it may have to each pod, and others still get theirs", async () => {
    const peer = trade.plan.organizations[0]!.peers[0]!.fqdn;
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => connectTls(trade.address, peer)));
    const held = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
    expect(held.length).toBeGreaterThan(0);
    expect(held.length).toBeLessThanOrEqual(4 * trade.gateway.replicas);
    const { host, port } = trade.address;
    const answer = await (await RemoteProbe.inNetworkOf(outside!.pid)).ask({ host, port, servername: peer, path: "/" });
    expect(answer.status).toBe(200);
    held.forEach((socket) => socket.destroy());
  });

  it("the log knows clients by their own addresses", async () => {
    const probe = await RemoteProbe.inNetworkOf(outside!.pid);
    const { host, port } = dev.address;
    await probe.ask({ host, port, servername: dev.gateway.apiHost, path: "/from-outside" });
    await vi.waitFor(async () => {
      const selector = "app.kubernetes.io/component=gateway";
      const log = await dev.kubectl("logs", "-l", selector, "-c", "haproxy", "--tail=-1");
      // HAProxy's own messages are in the same output.
      const lines = log.split("\n").filter((line) => line.startsWith("{"));
      const entries = lines.map((line) => JSON.parse(line));
      expect(entries).toContainEqual(
        expect.objectContaining({ client: OutsideMachine.address, path: "/from-outside" }),
      );
    }, patience);
  });
});

describe("from the node, where Prometheus may be let in", () => {
  it("metrics are for those with a certificate of the organization, or of the platform for that", async () => {
    const probe = await RemoteProbe.inNetworkOf(nodeProcess(cluster));
    const [pod] = await dev.gatewayPods();
    const where = { host: pod!.status!.podIP as string, port: 9443, servername: "gateway.dev.svc", path: "/metrics" };
    expect((await probe.ask(where)).status).toBe(401);
    const key = newPrivateKey();
    const askWith = async (ca: TestCa) =>
      probe.ask({ ...where, key, cert: await ca.issue(parsePrivateKey(key)!, "prometheus", []) });
    for (const ca of [dev.authority("org1"), platform.operations]) {
      const { status, body } = await askWith(ca);
      expect(status).toBe(200);
      expect(body).toMatch(/^haproxy_server_status\{proxy="peer0-org1",server="peer0-org1",state="UP"\} 1$/m);
    }
    // The connection may end before the reason was read.
    const refused = expect.stringMatching(/alert unknown ca|ECONNRESET|EPIPE/);
    expect(await askWith(platform.kafka)).toEqual({ status: 0, body: refused });
    expect((await probe.ask({ ...where, path: "/healthz" })).status).toBe(200);
  });
});

describe("the API server", () => apiCases(() => dev));
describe("autoscalers", () => autoscalerCases(() => dev));

describe("while clients go on connecting", () => {
  it("the enrolled certificate is renewed, and no handshake fails", async () => {
    const calls = new SteadyCalls(() => apiCertificate(dev, dev.authority("org1")));
    // Each pod has its own.
    await vi.waitFor(() => expect(new Set(calls.results).size).toBeGreaterThan(dev.gateway.replicas), patience);
    expect((await calls.stop()).failures).toEqual([]);
  });

  it("the user's own certificate is exchanged, and no handshake fails", async () => {
    const before = await apiCertificate(trade, ownCa);
    const calls = new SteadyCalls(() => apiCertificate(trade, ownCa));
    await writeOwnCertificate();
    await trade.refreshMounts();
    await vi.waitFor(() => expect(calls.results.slice(-40)).not.toContain(before), patience);
    expect((await calls.stop()).failures).toEqual([]);
  });

  describe("the API server", () => renewalCases(() => dev));

  it("a node comes behind the gateway: connections go on, and HAProxy is not restarted", async () => {
    const existing = dev.plan.organizations[0]!.peers[0]!.fqdn;
    const containers = async () =>
      (await dev.gatewayPods()).flatMap(({ status }) =>
        (status!.containerStatuses as any[]).map(({ containerID, restartCount }) => `${containerID} ${restartCount}`),
      );
    const before = await containers();
    const longLived = await connectTls(dev.address, existing);
    let answers = 0;
    longLived.on("data", () => (answers += 1));
    const talk = async () => {
      const seen = answers;
      longLived.write(`GET / HTTP/1.1\r\nHost: ${existing}\r\n\r\n`);
      await vi.waitFor(() => expect(answers).toBeGreaterThan(seen), patience);
    };
    await talk();
    const calls = new SteadyCalls(async () => {
      const name = await whoAnswers(dev.address, existing);
      if (name !== existing) throw new Error(name);
    });

    project.edit(devFile, "{ name: org1,", "{ name: org1, peers: 2,");
    await dev.apply();
    await dev.refreshMounts();
    const added = dev.plan.organizations[0]!.peers[1]!.fqdn;
    const answersTenTimes = async () => {
      for (let n = 0; n < 10; n++) expect(await whoAnswers(dev.address, added)).toBe(added);
    };
    await vi.waitFor(answersTenTimes, patience);
    expect((await calls.stop()).failures).toEqual([]);
    await talk();
    longLived.destroy();
    expect(await containers()).toEqual(before);
  });

  it("HAProxy's pods are killed one after the other, and every call that failed succeeds when it is repeated", async () => {
    const peer = dev.plan.organizations[0]!.peers[0]!.fqdn;
    const calls = new SteadyCalls(() =>
      vi.waitFor(async () => expect(await whoAnswers(dev.address, peer)).toBe(peer), {
        timeout: 30_000,
        interval: 200,
      }),
    );
    for (const { metadata } of await dev.gatewayPods()) {
      await dev.kubectl("delete", "pod", metadata.name, "--grace-period=0", "--force");
      await vi.waitFor(async () => {
        const pods = (await dev.gatewayPods()).filter(({ status }) =>
          (status!.conditions as any[]).some(({ type, status }) => type === "Ready" && status === "True"),
        );
        expect(pods).toHaveLength(dev.gateway.replicas);
        expect(pods.map((pod) => pod.metadata.name)).not.toContain(metadata.name);
      }, patience);
    }
    const { results, failures } = await calls.stop();
    expect(failures).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
  });
});

describe("the gateway is the only way in", () => {
  const other = () => trade.plan.namespace;
  const image = async () => (await dev.gatewayPods())[0]!.spec.containers[1].image as string;

  /** A pod that does nothing, with these labels. */
  async function idlePod(namespace: string, name: string, labels: Record<string, string>): Promise<RemoteProbe> {
    const [{ spec }] = (await dev.gatewayPods()) as [any];
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace, labels: { ...labels, probe: name } },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 1,
        securityContext: spec.securityContext,
        containers: [
          {
            name: "idle",
            image: await image(),
            command: ["node", "-e", "setInterval(() => {}, 1e6)"],
            securityContext: spec.containers[1].securityContext,
          },
        ],
      },
    };
    // A denial by its own namespace must not hide that the other namespace allows the connection.
    const policy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name, namespace },
      spec: { podSelector: { matchLabels: { probe: name } }, policyTypes: ["Egress"], egress: [{}] },
    };
    await dev.applyObjects([{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }]);
    await dev.applyObjects(namespace === "elsewhere" ? [pod] : [policy, pod]);
    await kubectl(cluster, namespace, "wait", "--for=condition=Ready", `pod/${name}`, "--timeout=120s");
    return RemoteProbe.inPod(cluster, namespace, name);
  }

  const gatewayLabels = (network: string) => ({
    "app.kubernetes.io/part-of": "baas",
    "app.kubernetes.io/component": "gateway",
    "app.kubernetes.io/instance": "gateway",
    "baas.io/network": network,
    "baas.io/organization": "org1",
  });
  const wayIn = ["pod gateway:8443", "service gateway:30443"];

  it("from a pod of another network, even one that calls itself this network's gateway", async () => {
    const probe = await idlePod(other(), "probe-gateway", gatewayLabels("dev"));
    const targets = await dev.targets();
    await vi.waitFor(async () => expect(await probe.reach(targets)).toEqual(wayIn), patience);
    // Proves that it can connect at all: its own network's gateway answers.
    expect(await probe.reach(await trade.targets())).toEqual(["pod gateway:8443", "service gateway:30444"]);
  });

  it("from a pod of a namespace that is no network's and denies nothing", async () => {
    const probe = await idlePod("elsewhere", "probe", {});
    const targets = await dev.targets();
    await vi.waitFor(async () => expect(await probe.reach(targets)).toEqual(wayIn), patience);
  });

  it("from a pod of the monitoring's namespace, for everything but metrics", async () => {
    const probe = await idlePod("monitoring", "probe", {});
    const targets = await dev.targets();
    const metrics = targets.map(({ name }) => name).filter((name) => name.endsWith(":9443"));
    const allowed = [...new Set([...metrics, ...wayIn])].sort();
    await vi.waitFor(async () => expect(await probe.reach(targets)).toEqual(allowed), patience);
  });

  it("from a machine that has routes to pods and Services", async () => {
    const probe = await RemoteProbe.inNetworkOf(outside!.pid);
    const targets = [
      ...(await dev.targets()),
      ...(await trade.targets()).map((target) => ({ ...target, name: `trade ${target.name}` })),
      { name: "node port", ...dev.address },
    ];
    const reached = await probe.reach(targets);
    expect(reached).toEqual([...wayIn, "node port", "trade pod gateway:8443", "trade service gateway:30444"].sort());
  });

  it("which the same probe shows, as everything answers those that are let in", async () => {
    const targets = await dev.targets();
    const [gateway] = await dev.gatewayPods();
    const controller = await idlePod("baas-platform", "probe-controller", {
      "app.kubernetes.io/part-of": "baas",
      "app.kubernetes.io/component": "controller",
    });
    const keeper = await RemoteProbe.inPod(cluster, "dev", gateway!.metadata.name, "keeper");
    const through = await keeper.reach(targets);
    // The gateway reaches its CA, the API server, the nodes that it passes through to, and the health endpoints of nodes.
    expect(through.filter((name) => name.startsWith("pod") && !name.includes("gateway"))).toEqual([
      "pod api:8444",
      "pod ca-org1:7054",
      "pod ca-org2:7054",
      "pod orderer0-orderer:7050",
      "pod orderer0-orderer:9443",
      "pod peer0-org1:7051",
      "pod peer0-org1:9443",
      "pod peer0-org2:7051",
      "pod peer0-org2:9443",
      "pod peer1-org1:7051",
      "pod peer1-org1:9443",
    ]);
    const monitoring = await RemoteProbe.inPod(cluster, "monitoring", "probe");
    const reached = new Set([...through, ...(await monitoring.reach(targets))]);
    for (const name of await controller.reach(targets)) reached.add(name);
    for (const peer of ["peer0-org1", "peer0-org2"]) {
      for (const name of await (await RemoteProbe.inPod(cluster, "dev", peer)).reach(targets)) reached.add(name);
    }
    expect(targets.map(({ name }) => name).filter((name) => !reached.has(name))).toEqual([]);
  });
});
