import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { jsonLog } from "../../common/log";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { on, readinessChanged, specChanged, woken } from "./changes";
import { isReady } from "./conditions";
import {
  certificateAuthorities,
  chaincodes,
  channels,
  configMaps,
  endpointSlices,
  identities,
  kafkaTenants,
  type Kind,
  pods,
  rollouts,
  statefulSets,
  systemChannels,
} from "./kinds";
import { Metrics } from "./metrics";
import type { SeenObjects } from "./objects";
import { ready, waiting } from "./reconciler";
import { collections, type CustomResource, keyOf, type KubernetesObject } from "./resources";
import { startManager } from "./testing/startManager";
import { itself, reconciled, waitingNear, type Watch, watches } from "./watches";

const dev = "dev";
const labels = { "baas.io/network": "dev" };
const isFound = (isTrue: boolean, observedGeneration: number) => ({
  observedGeneration,
  conditions: [{ type: "Ready", status: isTrue ? "True" : "False" }],
});

describe("the table", () => {
  /** Who works, in the order of the table. */
  const workers = [
    ...[
      "CertificateAuthority",
      "certificate expiry",
      "gone identities",
      "purged networks",
      "platform roots",
      "metrics roots",
      "Identity",
      "server renewal",
    ],
    ...[
      "KafkaTenant",
      "SystemChannel",
      "Channel",
      "Chaincode",
      "EthereumNetwork",
      "chain figures",
      "update strategy",
      "Rollout",
      "Kafka",
    ],
  ];

  const custom = (name: string, spec: object, { isReady = false, generation = 1, namespace = dev } = {}): any => ({
    metadata: { name, namespace, uid: "1", generation, labels },
    spec,
    status: isFound(isReady, generation),
  });
  const configMap = (name: string): any => ({ metadata: { name, namespace: dev } });
  const slice = (service: string, ...addresses: string[]): any => ({
    metadata: { name: `${service}-x1`, namespace: dev, labels: { "kubernetes.io/service-name": service } },
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  });
  const pod = (instance: string, reason?: string): any => ({
    metadata: { name: `${instance}-0`, namespace: dev, labels: { "app.kubernetes.io/instance": instance } },
    ...(reason && { trouble: { reason, message: "", container: "peer" } }),
  });

  const ofOrg1 = { certificateAuthority: "ca-org1", enrolmentId: "admin" };
  const peer = (options = {}) => custom("peer0-org1", { ...ofOrg1, enrolmentId: "peer0" }, options);
  const ca = (options = {}) => custom("ca-org1", {}, options);
  const platformCa = (options = {}) => custom("platform-ca", { scope: "platform" }, options);
  const admin = (options = {}) => custom("admin-org1", ofOrg1, options);
  const channelSpec = (name: string, peer: string) => ({
    name,
    ordering: { consenters: [{ name: "orderer0-orderer" }] },
    organizations: [{ name: "org1", peers: [{ name: peer }] }],
  });
  const chaincodeSpec = (channel: string) => ({ channel, package: { address: `${channel}-{{.organization}}:7052` } });
  const channel = (options = {}) => custom("main", channelSpec("main", "peer0-org1"), options);
  const rollout = (options = {}) => custom("nodes", { nodes: [] }, options);
  const nodePod = (name: string, { ready, revision = "a" }: { ready?: boolean; revision?: string } = {}): any => ({
    metadata: { name, namespace: dev, uid: "1", labels: { "controller-revision-hash": revision } },
    ...(ready && { ready }),
  });
  const statefulSet = (updateRevision: string): any => ({
    metadata: { name: "peer0-org1", namespace: dev, uid: "1", generation: 1 },
    status: { observedGeneration: 1, updateRevision },
  });
  const chaincode = (options = {}) => custom("main.asset", chaincodeSpec("main"), options);

  /** Of each kind one that is ready, one that waits, and one of another network. */
  const network: [Kind<any>, KubernetesObject[]][] = [
    [
      certificateAuthorities,
      [ca(), custom("ca-org2", {}, { isReady: true }), custom("ca-org1", {}, { namespace: "other" })],
    ],
    [
      identities,
      [
        peer({ isReady: true }),
        custom("rival-org1", ofOrg1),
        custom("peer0-org2", { certificateAuthority: "ca-org2", enrolmentId: "admin" }),
        custom("rival-org1", ofOrg1, { namespace: "other" }),
      ],
    ],
    [
      channels,
      [channel(), custom("old", channelSpec("old", "peer1-org1"), { isReady: true }), channel({ namespace: "other" })],
    ],
    [
      chaincodes,
      [chaincode({ isReady: true }), custom("old.asset", chaincodeSpec("old")), chaincode({ namespace: "other" })],
    ],
    [rollouts, [rollout({ isReady: true }), rollout({ namespace: "other" })]],
  ];

  /** The network as it is after a change. */
  function seenAfter<T extends KubernetesObject>(changed: Kind<T>, key: string, after: T | undefined): SeenObjects {
    const all = new Map(network);
    const others = (all.get(changed) ?? []).filter((object) => keyOf(object) !== key);
    all.set(changed, after ? [...others, after] : others);
    return {
      get: (kind, key) => all.get(kind)?.find((object) => keyOf(object) === key) as any,
      list: (kind) => (all.get(kind) ?? []) as any[],
    };
  }

  /** Whom a change wakes: `worker name`, all in the namespace of the change. */
  function wokenBy(kind: Kind<any>, before: any, after: any): string[] {
    const object = after ?? before;
    const key = keyOf(object);
    const objects = seenAfter(kind, key, after);
    return watches.flatMap(({ wokenBy }, index) =>
      [...woken(wokenBy, kind, { key, object, before, after }, objects)].map((each) => {
        expect(each).toMatch(/^dev\//);
        return `${workers[index]} ${each.slice("dev/".length)}`;
      }),
    );
  }

  const nothing: string[] = [];
  const gone = undefined;
  const news = undefined;
  /** What waits for a CA, an administrator or a node. */
  const waitingOnes = ["Channel main", "Chaincode old.asset"];
  const allNear = ["Channel main", "Channel old", "Chaincode main.asset", "Chaincode old.asset", "Rollout nodes"];
  const itsExpiry = "certificate expiry ca-org1";
  const identitiesOfIt = ["Identity", "server renewal"].flatMap((worker) =>
    ["peer0-org1", "rival-org1"].map((name) => `${worker} ${name}`),
  );
  const itsOwn = ["CertificateAuthority ca-org1", itsExpiry, "platform roots ca-org1", "metrics roots ca-org1"];
  const rootsOfIt = ["CertificateAuthority ca-org1", "metrics roots ca-org1-roots"];
  const everyExpiry = [itsExpiry, "certificate expiry ca-org2"];

  it("has a worker for every kind of custom resource", () => {
    const kinds = watches.map(({ kind }) => kind.name);
    const others: Record<string, string> = {
      "certificate expiry": "CertificateAuthority",
      "gone identities": "CertificateAuthority",
      "platform roots": "CertificateAuthority",
      "metrics roots": "CertificateAuthority",
      "purged networks": "CertificateAuthority",
      "server renewal": "Identity",
      "update strategy": "StatefulSet",
      "chain figures": "EthereumNetwork",
      Kafka: "Rollout",
    };
    expect(kinds).toEqual(workers.map((worker) => others[worker] ?? worker));
  });

  it.each<[string, Kind<any>, KubernetesObject | undefined, KubernetesObject | undefined, string[]]>([
    ["a CA comes", certificateAuthorities, news, ca(), [...itsOwn, "Rollout nodes"]],
    ["a CA has another spec", certificateAuthorities, ca(), ca({ generation: 2 }), itsOwn],
    [
      "a CA becomes ready",
      certificateAuthorities,
      ca(),
      ca({ isReady: true }),
      [itsExpiry, "gone identities ca-org1", ...identitiesOfIt, ...waitingOnes],
    ],
    [
      "the platform's CA becomes ready",
      certificateAuthorities,
      platformCa(),
      platformCa({ isReady: true }),
      [
        ...["certificate expiry", "gone identities", "purged networks", "platform roots"].map(
          (worker) => `${worker} platform-ca`,
        ),
        ...waitingOnes,
      ],
    ],
    ["a CA's status says something else", certificateAuthorities, ca(), { ...ca(), status: {} }, [itsExpiry]],
    [
      "a CA goes that was ready",
      certificateAuthorities,
      ca({ isReady: true }),
      gone,
      [
        "CertificateAuthority ca-org1",
        itsExpiry,
        "gone identities ca-org1",
        "platform roots ca-org1",
        "metrics roots ca-org1",
        ...identitiesOfIt,
        ...waitingOnes,
        "Rollout nodes",
      ],
    ],

    ["a network's part of Kafka comes", kafkaTenants, news, custom("kafka", {}), ["KafkaTenant kafka"]],
    [
      "a network's topics are there",
      kafkaTenants,
      custom("kafka", {}),
      custom("kafka", {}, { isReady: true }),
      ["Channel main"],
    ],
    ["a system channel comes", systemChannels, news, custom("dev-system", {}), ["SystemChannel dev-system"]],
    [
      "a system channel becomes ready",
      systemChannels,
      custom("dev-system", {}),
      custom("dev-system", {}, { isReady: true }),
      ["Channel main"],
    ],
    [
      "an identity comes",
      identities,
      news,
      admin(),
      ["Identity admin-org1", "server renewal admin-org1", "Rollout nodes"],
    ],
    [
      "new certificates of one are asked for",
      identities,
      admin(),
      asked(),
      ["server renewal admin-org1", "Rollout nodes"],
    ],
    ["an identity becomes ready", identities, admin(), admin({ isReady: true }), waitingOnes],
    ["an identity's status says something else", identities, admin(), { ...admin(), status: {} }, nothing],
    [
      "an identity goes that was not ready",
      identities,
      admin(),
      gone,
      [
        ...["gone identities ca-org1", "Identity admin-org1", "Identity rival-org1", "server renewal admin-org1"],
        "Rollout nodes",
      ],
    ],

    ["a channel comes", channels, news, channel(), ["Channel main", "Chaincode main.asset"]],
    ["a channel becomes ready", channels, channel(), channel({ isReady: true }), ["Chaincode main.asset"]],
    ["a channel's status says something else", channels, channel(), { ...channel(), status: {} }, nothing],
    ["a channel goes", channels, channel({ isReady: true }), gone, ["Channel main", "Chaincode main.asset"]],

    ["a chaincode comes", chaincodes, news, chaincode(), ["Chaincode main.asset"]],
    ["a chaincode moves to another network", chaincodes, chaincode(), relabelled(), ["Chaincode main.asset"]],
    ["a chaincode becomes ready", chaincodes, chaincode(), chaincode({ isReady: true }), nothing],

    ["a CA's roots are published", configMaps, news, configMap("ca-org1-roots"), rootsOfIt],
    ["a CA's roots go", configMaps, configMap("ca-org1-roots"), gone, rootsOfIt],
    [
      "the platform's roots are published",
      configMaps,
      news,
      configMap("platform-ca-roots"),
      [
        ...["CertificateAuthority platform-ca", "CertificateAuthority ca-org1"],
        ...["platform roots platform-ca-roots", "metrics roots platform-ca-roots"],
      ],
    ],
    ["a channel's genesis block is kept", configMaps, news, configMap("main-genesis"), nothing],
    ["it is changed", configMaps, configMap("main-genesis"), configMap("main-genesis"), ["Channel main"]],
    ["it goes", configMaps, configMap("main-genesis"), gone, ["Channel main"]],
    ["another ConfigMap goes", configMaps, configMap("something"), gone, nothing],

    [
      "a node becomes ready",
      endpointSlices,
      news,
      slice("peer0-org1", "10.0.0.1"),
      [...everyExpiry, "Channel main", "Chaincode old.asset", "Chaincode main.asset"],
    ],
    [
      "a peer of a channel that is ready has another address",
      endpointSlices,
      slice("peer1-org1", "10.0.0.1"),
      slice("peer1-org1", "10.0.0.2"),
      [...everyExpiry, ...waitingOnes.slice(0, 1), "Channel old", "Chaincode old.asset"],
    ],
    [
      "an orderer has another address",
      endpointSlices,
      slice("orderer0-orderer", "10.0.0.1"),
      slice("orderer0-orderer", "10.0.0.2"),
      [...everyExpiry, "Channel main", "Channel old", "Chaincode old.asset", "Chaincode main.asset"],
    ],
    [
      "the server of a chaincode that is ready has another address",
      endpointSlices,
      slice("main-org1", "10.0.0.1"),
      slice("main-org1", "10.0.0.2"),
      [...everyExpiry, ...waitingOnes, "Chaincode main.asset"],
    ],
    [
      "the server of a chaincode is away",
      endpointSlices,
      slice("main-org1", "10.0.0.1"),
      slice("main-org1"),
      ["Chaincode main.asset"],
    ],
    ["a node is as it was", endpointSlices, slice("peer0-org1", "10.0.0.1"), slice("peer0-org1", "10.0.0.1"), nothing],
    [
      "a node is away",
      endpointSlices,
      slice("peer0-org1", "10.0.0.1"),
      slice("peer0-org1"),
      ["Channel main", "Chaincode main.asset"],
    ],
    ["a node goes", endpointSlices, slice("peer0-org1", "10.0.0.1"), gone, ["Channel main", "Chaincode main.asset"]],
    ["another pod is away", endpointSlices, slice("gateway", "10.0.0.1"), slice("gateway"), nothing],
    [
      "the server of a CA becomes ready that waits for it",
      endpointSlices,
      slice("ca-org1"),
      slice("ca-org1", "10.0.0.1"),
      ["CertificateAuthority ca-org1", ...everyExpiry, ...waitingOnes],
    ],
    [
      "the server of a CA becomes ready that is ready",
      endpointSlices,
      slice("ca-org2"),
      slice("ca-org2", "10.0.0.1"),
      [...everyExpiry, ...waitingOnes],
    ],

    ["a node's pod comes", pods, news, pod("peer0-org1"), nothing],
    [
      "it has enrolled",
      pods,
      pod("peer0-org1"),
      { ...pod("peer0-org1"), enrolledAt: 1 },
      ["server renewal peer0-org1"],
    ],
    [
      "a node's pod gets into trouble",
      pods,
      pod("peer0-org1"),
      pod("peer0-org1", "VolumeFull"),
      ["Identity peer0-org1", ...allNear],
    ],
    ["it is in the same trouble", pods, pod("peer0-org1", "VolumeFull"), pod("peer0-org1", "VolumeFull"), nothing],
    ["it goes with its trouble", pods, pod("peer0-org1", "VolumeFull"), gone, ["Identity peer0-org1", ...allNear]],
    [
      "a CA's pod gets out of trouble",
      pods,
      pod("ca-org1", "ContainerCrashes"),
      pod("ca-org1"),
      ["CertificateAuthority ca-org1", ...allNear],
    ],
    [
      "a node's pod becomes ready",
      pods,
      nodePod("peer0-org1-0"),
      nodePod("peer0-org1-0", { ready: true }),
      ["Rollout nodes"],
    ],
    ["a node's pod is of another version", pods, nodePod("p"), nodePod("p", { revision: "b" }), ["Rollout nodes"]],
    ["a node's pod says something else", pods, nodePod("peer0-org1-0"), nodePod("peer0-org1-0"), nothing],
    ["a StatefulSet has another template", statefulSets, statefulSet("a"), statefulSet("b"), ["Rollout nodes"]],
    [
      "a StatefulSet of an earlier release comes",
      statefulSets,
      news,
      { ...statefulSet("a"), spec: { updateStrategy: { type: "RollingUpdate" } } },
      ["update strategy peer0-org1", "Rollout nodes"],
    ],
    ["a StatefulSet says something else", statefulSets, statefulSet("a"), statefulSet("a"), nothing],
    ["a rollout has another spec", rollouts, rollout(), rollout({ generation: 2 }), ["Rollout nodes", "Kafka nodes"]],
    ["a rollout's status says something else", rollouts, rollout(), { ...rollout(), status: {} }, nothing],
    ["a chaincode server's pod has no image", pods, news, pod("asset-1-0-org1", "ImageNotAvailable"), allNear],
  ])("when %s, wakes whom it concerns", (_, kind, before, after, expected) => {
    expect(wokenBy(kind, before, after)).toEqual(expected);
  });

  it("wakes a roll that waits for a ConfigMap when one comes", () => {
    const ofRollouts = network.find(([kind]) => kind === rollouts)!;
    const [, before] = ofRollouts;
    ofRollouts[1] = [rollout()];
    const wakes = wokenBy(configMaps, news, configMap("platform-ca-roots"));
    ofRollouts[1] = before;
    expect(wakes).toContain("Rollout nodes");
  });

  it("wakes what a network has on Kafka, while that waits, when its genesis block comes", () => {
    network.push([kafkaTenants, [custom("kafka", {})]]);
    const wakes = wokenBy(configMaps, news, configMap("dev-system-genesis"));
    network.pop();
    expect(wakes).toContain("KafkaTenant kafka");
  });

  function asked(): any {
    const { metadata, ...rest } = admin();
    return { metadata: { ...metadata, annotations: { "baas.io/renew-requested": "2030-01-01T00:00:00Z" } }, ...rest };
  }

  function relabelled(): any {
    const { metadata, ...rest } = chaincode();
    return { metadata: { ...metadata, labels: { "baas.io/network": "other" } }, ...rest };
  }
});

describe("a kind that is added to the table", () => {
  type Tenant = CustomResource<{ identity: string }>;
  const tenants: Kind<Tenant> = {
    name: "Tenant",
    plural: "tenants",
    path: (namespace) => collections.identities(namespace).replace("identities", "tenants"),
  };
  const calls: string[] = [];
  const entry = reconciled({
    kind: tenants,
    reconciler: ({ objects }) => ({
      async reconcile({ metadata, spec }) {
        calls.push(metadata.name);
        const identity = objects.get(identities, `${metadata.namespace}/${spec.identity}`);
        if (!identity || !isReady(identity)) return waiting("IdentityNotReady", "See its condition Ready.");
        return ready("Admitted", `${identity.spec.enrolmentId} is let in`);
      },
      forget: (key) => calls.push(`forget ${key}`),
    }),
    concurrency: 1,
    wokenBy: [on(tenants, specChanged, itself), on(identities, readinessChanged, waitingNear(tenants))],
  });

  let kubernetes: KubernetesDouble;
  let metrics: Metrics;
  let lines: string[];
  let stop: () => Promise<void>;
  const tenant = () => kubernetes.objects.get(`${tenants.path(dev)}/trade`);
  const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 8000, interval: 20 });
  const untilReason = (find: () => ReturnType<typeof tenant>, reason: string) =>
    until(() => expect(find()?.status?.conditions[0].reason).toBe(reason));

  beforeEach(async () => {
    kubernetes = await KubernetesDouble.start();
    metrics = new Metrics();
    lines = [];
    calls.length = 0;
    kubernetes.apply(tenants.path(dev), {
      metadata: { name: "trade", namespace: dev, labels },
      spec: { identity: "client-org1" },
    });
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    start([...watches, entry]);
  });

  function start(table: Watch[]): void {
    const log = jsonLog("info", (line) => lines.push(line));
    stop = startManager(kubernetes, { metrics, log, watches: table });
  }

  afterEach(async () => {
    vi.useRealTimers();
    await stop();
    await kubernetes.stop();
  });

  it("is reconciled, and woken by what its entry says, with nothing else changed", async () => {
    await untilReason(tenant, "IdentityNotReady");
    const path = `${collections.identities(dev)}/client-org1`;
    kubernetes.apply(collections.identities(dev), {
      metadata: { name: "client-org1", namespace: dev, labels },
      spec: { certificateAuthority: "ca-org1", enrolmentId: "client", type: "client" },
    });
    await untilReason(() => kubernetes.objects.get(path), "CertificateAuthorityNotFound");
    kubernetes.setStatus(path, isFound(true, 1));
    await untilReason(tenant, "Admitted");
    kubernetes.remove(`${tenants.path(dev)}/trade`);
    await until(() => expect(calls).toContain("forget dev/trade"));
  });

  it("is looked at again after a while if its entry says so, although nothing changes", async () => {
    await stop();
    let looks = 0;
    const reconcile = async () => (looks++, ready("Admitted", "it is let in"));
    const kind = { kind: tenants, reconciler: () => ({ reconcile, forget: () => {} }), concurrency: 1 };
    start([reconciled({ ...kind, recheckEvery: 100, wokenBy: [on(tenants, specChanged, itself)] })]);
    await until(() => expect(looks).toBeGreaterThan(3));
    await stop();
    looks = 0;
    start([reconciled({ ...kind, wokenBy: [on(tenants, specChanged, itself)] })]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(looks).toBe(1);
  });

  it("is counted in the log and the metrics, and looked at again at the resync", async () => {
    await untilReason(tenant, "IdentityNotReady");
    const counts = { certificateAuthorities: 0, identities: 0, channels: 0, chaincodes: 0, tenants: 1 };
    expect(JSON.parse(lines.find((line) => line.includes("reconciling"))!)).toMatchObject(counts);
    // Counted once its status and its Event are written.
    const counted = 'baas_reconcile_total{kind="Tenant",result="waiting"} 1';
    await until(async () => expect(await metrics.registry.metrics()).toContain(counted));
    expect(calls).toEqual(["trade"]);
    vi.advanceTimersByTime(10 * 60_000);
    await until(() => expect(calls).toEqual(["trade", "trade"]));
  });
});
