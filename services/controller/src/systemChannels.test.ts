import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { type Channel, collections } from "./resources";
import { startManager } from "./testing/startManager";
import { testNamespace, TestNetwork } from "./testing/testNetwork";

let kubernetes: KubernetesDouble;
let network: TestNetwork;
let spec: Channel["spec"];
let stop: () => Promise<void>;

const at = (collection: string, name: string) => kubernetes.objects.get(`${collection}/${name}`);
const channel = (name = "main") => at(collections.channels(testNamespace), name);
const system = () => at(collections.systemChannels(testNamespace), "dev-system");
const genesis = (name = "dev-system") => at(collections.configMaps(testNamespace), `${name}-genesis`);
const state = (object: ReturnType<typeof channel>) => {
  const condition = object?.status?.conditions[0];
  return `${condition?.status} ${condition?.reason} ${condition?.observedGeneration === object?.metadata.generation}`;
};
const message = (object: ReturnType<typeof channel>) => object?.status?.conditions[0].message as string;
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 20 });
const isNow = (find: () => ReturnType<typeof channel>, wanted: string) =>
  until(() => expect(state(find())).toBe(wanted));

const tenant = () => at(collections.kafkaTenants(testNamespace), "kafka");

function declareTenant(name = "kafka"): void {
  kubernetes.apply(collections.kafkaTenants(testNamespace), {
    metadata: { name, namespace: testNamespace },
    spec: { systemChannel: "dev-system", topics: ["dev-system", "main"] },
  });
}

/** Does what the kubelet does once the ConfigMap is there: the orderers' pods start with the block. */
async function startOrderers(): Promise<void> {
  await until(() => expect(genesis()).toBeDefined());
  network.fabric.bootstrap(Buffer.from(genesis()!.binaryData["genesis.block"], "base64"));
}

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  network = new TestNetwork(kubernetes);
  const nodes = await network.nodes();
  spec = { ...nodes, ordering: { ...nodes.ordering, type: "kafka", systemChannel: "dev-system" } };
  stop = startManager(kubernetes);
});

afterEach(async () => {
  await stop();
  await network.stop();
  await kubernetes.stop();
});

describe("a system channel", () => {
  it("has its genesis block kept before any orderer runs, and waits for them", async () => {
    network.applySystemChannel(spec);
    await isNow(system, "False OrderersNotReady true");
    expect(message(system())).toContain("No orderer gives the system channel yet");
    const block = genesis()!;
    expect(block.immutable).toBe(true);
    await startOrderers();
    await isNow(system, "True Kept true");
    expect(message(system())).toBe(
      "the orderers have system channel dev-system; its channels may have as members org1, org2",
    );
    expect(genesis()).toEqual(block);
    expect(network.fabric.systemDescription()).toMatchObject({
      orderer: {
        consensus: { type: "kafka", brokers: ["kafka-bootstrap.baas-platform.svc:9093"] },
        organizations: [{ name: "orderer", endpoints: spec.ordering.consenters.map(({ address }) => address) }],
      },
      consortiums: [{ name: "Network", organizations: [{ name: "org1" }, { name: "org2" }] }],
    });
    expect(network.fabric.height("dev-system")).toBe(1);
  });

  it("has those pods of orderers made anew that wait for its genesis block, and no others", async () => {
    const pods = collections.pods(testNamespace);
    const waiting = { state: { waiting: { reason: "PodInitializing" } } };
    for (const [instance, status] of [
      ["orderer0-orderer", waiting],
      ["orderer1-orderer", { state: { running: {} } }],
      ["peer0-org1", waiting],
    ] as const) {
      const labels = { "app.kubernetes.io/instance": instance, "app.kubernetes.io/part-of": "baas" };
      kubernetes.apply(pods, { metadata: { name: `${instance}-0`, namespace: testNamespace, labels } });
      kubernetes.setStatus(`${pods}/${instance}-0`, {
        initContainerStatuses: [{ name: "enrol", image: "", restartCount: 0, ...status }],
      });
    }
    network.applySystemChannel(spec);
    await isNow(system, "False OrderersNotReady true");
    const deleted = kubernetes.calls.filter((call) => call.startsWith(`DELETE ${pods}`));
    expect(deleted).toEqual([`DELETE ${pods}/orderer0-orderer-0`]);
  });

  it("has no genesis block before its topic is known to be nobody's", async () => {
    network.applySystemChannel(spec, { tenant: "kafka" });
    await isNow(system, "False KafkaTenantNotReady true");
    expect(message(system())).toBe("KafkaTenant kafka is not there yet.");
    declareTenant();
    await isNow(system, "False NoKafka true");
    expect(message(system())).toContain("The platform runs no Kafka");
    await isNow(tenant, "False NoKafka true");
    expect(genesis()).toBeUndefined();
  });

  it("has an organization that the network gains in its consortium, and an orderer among its endpoints", async () => {
    network.applySystemChannel(spec);
    await startOrderers();
    await isNow(system, "True Kept true");
    const third = await network.member("org3", "peer0");
    const consenters = [...spec.ordering.consenters, await network.orderer("orderer2", "orderer")];
    const grown = {
      ...spec,
      ordering: { ...spec.ordering, consenters },
      organizations: [...spec.organizations, third],
    };
    network.applySystemChannel(grown);
    await isNow(system, "True Kept true");
    const { consortiums, orderer } = network.fabric.systemDescription();
    expect(consortiums[0]!.organizations.map(({ name }) => name)).toEqual(["org1", "org2", "org3"]);
    expect(orderer.organizations[0]!.endpoints).toHaveLength(3);
    expect(network.fabric.height("dev-system")).toBe(2);
  });
});

describe("a channel on Kafka", () => {
  it("waits for the system channel, is created from it, and joined by every peer with block 0", async () => {
    network.applyChannel(spec);
    await isNow(channel, "False SystemChannelNotReady true");
    expect(message(channel())).toBe("SystemChannel dev-system is not there yet.");
    network.applySystemChannel(spec);
    await startOrderers();
    await isNow(channel, "True Joined true");
    expect(message(channel())).toBe("2 orderers and 3 peers have joined channel main");
    const { orderer, application } = network.fabric.description("main");
    expect(orderer.consensus).toEqual({ type: "kafka", brokers: ["kafka-bootstrap.baas-platform.svc:9093"] });
    expect(application.organizations.map(({ name }) => name)).toEqual(["org1", "org2"]);
    expect(application.organizations[0]!.anchorPeers).toHaveLength(1);
    expect(genesis("main")?.immutable).toBe(true);
    expect(network.fabric.forked).toBe(false);
    // No orderer is asked to join: it would refuse.
    expect(network.fabric.calls.filter((call) => /^orderer\d join/.test(call))).toEqual([]);
  });

  it("waits for its topic", async () => {
    network.applySystemChannel(spec);
    await startOrderers();
    await isNow(system, "True Kept true");
    network.applySystemChannel(spec, { tenant: "kafka" });
    await isNow(system, "True Kept true");
    declareTenant();
    network.applyChannel(spec);
    await isNow(channel, "False TopicNotReady true");
    expect(message(channel())).toBe("Topic main is not there yet; see the condition Ready of KafkaTenant kafka.");
    expect(genesis("main")).toBeUndefined();
  });

  it("is created once, even if the block was not kept the first time", async () => {
    network.applySystemChannel(spec);
    await startOrderers();
    network.applyChannel(spec);
    await isNow(channel, "True Joined true");
    const block = genesis("main")!.binaryData["genesis.block"];
    const height = network.fabric.height("main");
    kubernetes.remove(`${collections.configMaps(testNamespace)}/main-genesis`);
    await until(() => expect(genesis("main")?.binaryData["genesis.block"]).toBe(block));
    await isNow(channel, "True Joined true");
    expect(network.fabric.height("main")).toBe(height);
  });

  it("is created by one orderer while the other is away, which is told", async () => {
    network.applySystemChannel(spec);
    await startOrderers();
    await isNow(system, "True Kept true");
    network.fabric.isAway = (call) => call.startsWith("orderer1 ");
    network.applyChannel(spec);
    await until(() => expect(network.fabric.height("main")).toBeGreaterThan(0));
    await until(() => expect(message(channel())).toContain("orderer1-orderer"));
    network.fabric.isAway = () => false;
    await isNow(channel, "True Joined true");
  });

  it("takes other batches, peers, members and orderers, as with Raft", async () => {
    network.applySystemChannel(spec);
    await startOrderers();
    network.applyChannel(spec);
    await isNow(channel, "True Joined true");
    const [org1, org2] = spec.organizations;
    const third = await network.member("org3", "peer0");
    const peers = [...org1!.peers, await network.peer("peer2", "org1")];
    const consenters = [...spec.ordering.consenters, await network.orderer("orderer2", "orderer")];
    const grown: Channel["spec"] = {
      ...spec,
      batch: { ...spec.batch, timeout: "1s", maxMessages: 10 },
      ordering: { ...spec.ordering, consenters },
      organizations: [{ ...org1!, peers }, org2!, third],
    };
    network.applySystemChannel(grown);
    network.applyChannel(grown);
    await isNow(channel, "True Joined true");
    expect(message(channel())).toBe("3 orderers and 5 peers have joined channel main");
    const { orderer, application } = network.fabric.description("main");
    expect(orderer.batch).toMatchObject({ timeout: "1s", maxMessages: 10 });
    expect(orderer.organizations[0]!.endpoints).toHaveLength(3);
    expect(application.organizations.map(({ name }) => name)).toEqual(["org1", "org2", "org3"]);

    const wider = { ...grown, name: "wider", organizations: [third] };
    network.applyChannel(wider);
    await isNow(() => channel("wider"), "True Joined true");
    expect(network.fabric.description("wider").application.organizations.map(({ name }) => name)).toEqual(["org3"]);
  });
});
