/** Kafka and ZooKeeper of a platform on three nodes: who is let in, and what is lost when servers fail. */
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { whyUnsupported } from "../../local-cluster/host";
import { describeInstance, firstNodes } from "../../local-cluster/instance";
import { down, restartNode, stopNode, up } from "../../local-cluster/localCluster";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import { kafkaServerPorts } from "../../model/contracts/ports";
import { TestCa } from "../../services/common/testing/testCa";
import { ControllerPod } from "./kafka/controllerPod";
import { type Client, type Health, KafkaCluster, type Produced } from "./kafka/kafkaCluster";

const name = process.env.BAAS_TEST_INSTANCE ?? "test-kafka";
const [first] = firstNodes(describeInstance(name), 3).map(({ nodeName }) => nodeName);
const own = "seed";
const topic = "trades";

let skipReason: string | undefined;
let cluster: LocalCluster;
let kafka: KafkaCluster;
let administrator: Client;
let orderer: Client;

beforeAll(async () => {
  skipReason = await whyUnsupported();
  if (skipReason !== undefined) return;
  cluster = await up({ type: "debian", name, nodes: 3, progress: (line) => console.log(line) });
  kafka = await KafkaCluster.install(cluster);
  const started = Date.now();
  await kafka.ready();
  console.log(
    `all brokers and ZooKeepers serve ${Math.round((Date.now() - started) / 1000)} s after they were applied`,
  );
  administrator = await kafka.administrator();
  orderer = await kafka.client({ namespace: own, name: "orderer0-orderer" }, "orderer");
});

afterAll(async () => {
  if (skipReason === undefined && process.env.BAAS_TEST_INSTANCE === undefined) await down({ name, purge: true });
});

beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));

const health = (of = topic) => kafka.ask<Health>(administrator, "health", { topic: of });

/** Waits until all replicas of a topic are in sync. */
const healthy = (of = topic) =>
  vi.waitFor(async () => expect((await health(of)).inSync).toHaveLength(3), { timeout: 120_000, interval: 1000 });

/** Makes a topic that a network may use. */
async function made(of: string): Promise<string> {
  const { id } = await kafka.ask<{ id: string }>(administrator, "create", { topic: of });
  await kafka.ask(administrator, "grant", { topic: of, principal: `User:${own}` });
  await healthy(of);
  return id;
}

/**
 * Sends numbered messages while something happens, and expects that none of those that were acknowledged is missing, or there twice, or
 * out of order.
 */
async function whileSending(numbered: string, work: () => Promise<void>): Promise<void> {
  await made(numbered);
  await kafka.exec(orderer, "rm", "-f", "/tmp/stop");
  const sending = kafka.ask<Produced>(orderer, "produce", { topic: numbered });
  await sleep(5000);
  await work();
  await sleep(5000);
  await kafka.exec(orderer, "touch", "/tmp/stop");
  const { acknowledged, unknown, gaps, longestGapMs } = await sending;
  const kept = await kafka.ask<number[]>(orderer, "values", { topic: numbered });
  console.log(
    `${acknowledged.length} messages acknowledged, ${unknown.length} of unknown fate; longest gap ${longestGapMs} ms, of ${gaps.length} over 1 s`,
  );
  const times = new Map<number, number>();
  for (const number of kept) times.set(number, (times.get(number) ?? 0) + 1);
  expect(acknowledged.length).toBeGreaterThan(500);
  expect(acknowledged.filter((number) => !times.has(number))).toEqual([]);
  expect([...times].filter(([, count]) => count > 1)).toEqual([]);
  expect(kept).toEqual([...kept].sort((a, b) => a - b));
}

describe("the platform's Kafka", () => {
  it("has every broker in the rack of its node, and lets each network do no more than use its own topics", async () => {
    const topicId = await made(topic);
    const { racks, leader } = await health();
    for (const [id, rack] of Object.entries(racks)) expect(rack).toBe(await kafka.nodeOf(`kafka${id}`));
    expect(Object.keys(racks)).toEqual(["0", "1", "2", "3"]);
    expect(new Set(Object.values(racks)).size).toBe(3);
    const given = { topic, topicId, leader: String(leader), principal: "User:second" };

    expect(await kafka.ask(orderer, "probe", given)).toEqual({
      ...{ metadata: "done", produce: "done", fetch: "done" },
      ...{ create: "TOPIC_AUTHORIZATION_FAILED", grant: "CLUSTER_AUTHORIZATION_FAILED" },
    });

    const foreign = await kafka.client({ namespace: "second", name: "orderer0-orderer" }, "orderer");
    const refused = "TOPIC_AUTHORIZATION_FAILED";
    expect(await kafka.ask(foreign, "probe", given)).toEqual({
      ...{ metadata: refused, produce: refused, fetch: refused, create: refused },
      grant: "CLUSTER_AUTHORIZATION_FAILED",
    });

    const closed = "PLT_KFK_NETWORK";
    const nothing = { metadata: closed, produce: closed, fetch: closed, create: closed, grant: closed };
    expect(await kafka.ask(orderer, "probe", { ...given, anonymous: "true" })).toEqual(nothing);
    const ca = await TestCa.make("kafka");
    const forger = await kafka.client({ namespace: own, name: "forger" }, "orderer", { ca, name: "orderer0-orderer" });
    expect(await kafka.ask(forger, "probe", given)).toEqual(nothing);
  });

  it("is reached by orderers and the controller alone, and its ZooKeepers by brokers", async () => {
    const peer = await kafka.client({ namespace: own, name: "peer0-org1" }, "peer");
    const reaches = (client: Client, server: string, port: number) =>
      kafka.ask<boolean>(client, "reach", { host: `${server}.baas-platform.svc`, port: String(port) });
    expect(await reaches(orderer, "kafka0", 9093)).toBe(true);
    expect(await reaches(peer, "kafka0", 9093)).toBe(false);
    for (const port of [kafkaServerPorts.zooKeeper, kafkaServerPorts.zooKeeperElection]) {
      expect(await reaches(orderer, "zookeeper0", port)).toBe(false);
    }
  });

  it("loses no acknowledged message, and has none twice, when a broker, a ZooKeeper and a whole server fail", async () => {
    const numbered = "numbered";
    await whileSending(numbered, async () => {
      const { leader, replicas } = await health(numbered);
      console.log(`killing the leader, kafka${leader}`);
      await kafka.kill(`kafka${leader}`);
      await sleep(10_000);
      await kafka.ready();
      await healthy(numbered);

      console.log("killing zookeeper1");
      await kafka.kill("zookeeper1");
      await sleep(10_000);
      await kafka.ready();
      await healthy(numbered);

      const nodes = await Promise.all(replicas.map((id) => kafka.nodeOf(`kafka${id}`)));
      // The first runs the control plane.
      const node = nodes.find((each) => each !== first)!;
      console.log(`stopping ${node}`);
      await stopNode({ name, node });
      await sleep(30_000);
      await restartNode({ name, node });
      await kafka.ready();
      await healthy(numbered);
    });
  });

  it("rolls one server after another, ZooKeepers first and each leader last, also when the controller is killed", async () => {
    const controller = await ControllerPod.start(cluster, kafka);
    await controller.run();
    await rolledOut();
    console.log(`the controller takes ${await controller.memory()} MiB`);
    await whileSending("rolled", async () => {
      const before = await kafka.restarts();
      const started = Date.now();
      await kafka.change("2");
      await vi.waitFor(async () => expect(await kafka.restarts()).toHaveLength(before.length + 4), waits);
      await controller.kill();
      await controller.run();
      await rolledOut();
      console.log(`rolled in ${Math.round((Date.now() - started) / 1000)} s`);
    });
    const order = await kafka.restarts();
    console.log(`restarted: ${order.join(", ")}`);
    expect([...order].sort()).toEqual([...kafka.servers].sort());
    const zooKeepers = kafka.servers.filter((name) => name.startsWith("zookeeper"));
    expect([...order.slice(0, zooKeepers.length)].sort()).toEqual(zooKeepers.sort());
    expect(await kafka.versions()).toEqual(kafka.servers.map(() => "2"));
  });
});

const waits = { timeout: 600_000, interval: 500 };

/** Waits until the platform's Rollout is ready for what it says now. */
async function rolledOut(): Promise<void> {
  await vi.waitFor(async () => {
    const { metadata, status } = await kafka.rollout();
    const [condition] = status?.conditions ?? [];
    expect(`${status?.observedGeneration === metadata.generation} ${condition?.status} ${condition?.reason}`).toBe(
      "true True RolledOut",
    );
  }, waits);
}
