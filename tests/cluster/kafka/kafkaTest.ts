/** What tests of the platform's Kafka share: three nodes with its servers, clients, and a producer of numbered messages. */
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, beforeEach, expect, vi } from "vitest";

import { whyUnsupported } from "../../../local-cluster/host";
import { describeInstance, firstNodes } from "../../../local-cluster/instance";
import { down, restartNode, stopNode, up } from "../../../local-cluster/localCluster";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { type Client, type Health, KafkaCluster, type Produced } from "./kafkaCluster";

/** Servers of Kafka on three nodes, for the tests of one file. */
export class KafkaTest {
  readonly name: string;
  /** Namespace of the network that has the topics. */
  readonly own = "seed";
  cluster!: LocalCluster;
  kafka!: KafkaCluster;
  administrator!: Client;
  orderer!: Client;

  /** Registers the hooks that start and stop the cluster, or skip all tests where there can be none. */
  constructor(name: string) {
    this.name = process.env.BAAS_TEST_INSTANCE ?? name;
    let skipReason: string | undefined;
    beforeAll(async () => {
      skipReason = await whyUnsupported();
      if (skipReason === undefined) await this.start();
    });
    afterAll(async () => {
      if (skipReason !== undefined || process.env.BAAS_TEST_INSTANCE !== undefined) return;
      await down({ name: this.name, purge: true });
    });
    beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));
  }

  health(of: string): Promise<Health> {
    return this.kafka.ask<Health>(this.administrator, "health", { topic: of });
  }

  /** Waits until all replicas of a topic are in sync. */
  healthy(of: string): Promise<void> {
    return vi.waitFor(async () => expect((await this.health(of)).inSync).toHaveLength(3), {
      timeout: 120_000,
      interval: 1000,
    });
  }

  /** Makes a topic that a network may use; returns its ID. */
  async made(of: string): Promise<string> {
    const { id } = await this.kafka.ask<{ id: string }>(this.administrator, "create", { topic: of });
    await this.kafka.ask(this.administrator, "grant", { topic: of, principal: `User:${this.own}` });
    await this.healthy(of);
    return id;
  }

  /**
   * Sends numbered messages while something happens, and expects that none of those that were acknowledged is missing, or there twice,
   * or out of order.
   */
  async whileSending(numbered: string, work: () => Promise<void>): Promise<void> {
    const { kafka, orderer } = this;
    await this.made(numbered);
    await kafka.exec(orderer, "rm", "-f", "/tmp/stop");
    const sending = kafka.ask<Produced>(orderer, "produce", { topic: numbered });
    await sleep(2000);
    await work();
    await sleep(2000);
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

  /**
   * Loses a node of Kubernetes with servers of Kafka on it, until others lead what it has led, and takes it back.
   *
   * @param of - a topic, of which a replica is lost
   */
  async loseNode(of: string): Promise<void> {
    const { kafka, name } = this;
    // The first runs the control plane.
    const [first] = firstNodes(describeInstance(name), 3).map(({ nodeName }) => nodeName);
    const places = await Promise.all(
      kafka.servers.map(async (server) => ({ server, node: await kafka.nodeOf(server) })),
    );
    const { replicas } = await this.health(of);
    const { node } = places.find((one) => one.node !== first && replicas.some((id) => one.server === `kafka${id}`))!;
    const lost = places.flatMap((one) => (one.node === node ? [one.server] : []));
    console.log(`stopping ${node} with ${lost.join(", ")}`);
    await stopNode({ name, node });
    const without = async () => {
      const { leader, inSync } = await this.health(of);
      expect([leader, ...inSync].filter((id) => lost.includes(`kafka${id}`) || id < 0)).toEqual([]);
    };
    await vi.waitFor(without, { timeout: 120_000, interval: 500 });
    await restartNode({ name, node });
    await this.healthy(of);
    await kafka.ready();
  }

  /** Waits until the platform's Rollout is ready for what it says now. */
  async rolledOut(): Promise<void> {
    const isDone = async () => {
      const { metadata, status } = await this.kafka.rollout();
      const [condition] = status?.conditions ?? [];
      const state = `${status?.observedGeneration === metadata.generation} ${condition?.status} ${condition?.reason}`;
      expect(`${state} ${condition?.message}`).toMatch(/^true True RolledOut /);
    };
    await vi.waitFor(isDone, { timeout: 600_000, interval: 500 });
  }

  private async start(): Promise<void> {
    const { name, own } = this;
    this.cluster = await up({ type: "debian", name, nodes: 3, progress: (line) => console.log(line) });
    this.kafka = await KafkaCluster.install(this.cluster);
    const started = Date.now();
    const ready = this.kafka.ready().then(() => Math.round((Date.now() - started) / 1000));
    const orderer = { namespace: own, name: "orderer0-orderer" };
    [this.administrator, this.orderer] = await Promise.all([
      this.kafka.administrator(),
      this.kafka.client(orderer, "orderer"),
    ]);
    console.log(`all brokers and ZooKeepers serve ${await ready} s after they were applied`);
  }
}
