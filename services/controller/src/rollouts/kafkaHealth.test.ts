import { beforeEach, describe, expect, it } from "vitest";

import { ApiError } from "../../../common/kubernetes/request";
import { withOutcome } from "../conditions";
import { type KafkaState } from "../kafka/kafkaState";
import type { NewKeys } from "../renewal/newKeys";
import type { Renewals } from "../renewal/renewals";
import { collections } from "../resources";
import { KafkaHealth } from "./kafkaHealth";
import { everyGate } from "./restartGate";
import { restartReasons } from "./restartReasons";
import { Rollouts } from "./rollouts";
import { NodesDouble, testNode } from "./testing/nodesDouble";
import { Volumes } from "./volumes";

const zooKeepers = ["zookeeper0", "zookeeper1", "zookeeper2"];
const brokers = ["kafka0", "kafka1", "kafka2", "kafka3"];
/** Numbers of brokers with a replica, by partition. */
const replicas = [
  [0, 1, 2],
  [1, 2, 3],
  [3, 0, 1],
];

/** Brokers and ZooKeepers whose pods a {@link NodesDouble} runs. */
class KafkaDouble {
  /** Brokers whose replicas are behind, by name. */
  readonly behind = new Set<string>();
  leader = "zookeeper0";
  controller = "kafka1";
  /** Changes what {@link state} answers. */
  change: (state: KafkaState) => void = () => {};
  away: string | undefined;

  constructor(private readonly nodes: NodesDouble) {}

  async state(): Promise<KafkaState> {
    const { down } = this.nodes;
    const up = brokers.filter((name) => !down.includes(name));
    const numbers = up.map((name) => brokers.indexOf(name));
    const inSync = (number: number) => numbers.includes(number) && !this.behind.has(brokers[number]!);
    const state: KafkaState = {
      brokers: new Map(numbers.map((number) => [number, `kafka${number}.dev.svc`])),
      racks: new Map(),
      controller: brokers.indexOf(this.controller),
      partitions: replicas.map((all, partition) => {
        const isr = all.filter(inSync);
        return { topic: "trades", partition, leader: isr[0] ?? -1, replicas: all, inSync: isr };
      }),
    };
    this.change(state);
    return state;
  }

  async mode(address: string): Promise<string | undefined> {
    const name = /^(\w+)\.dev\.svc:2182$/.exec(address)![1]!;
    if (name === this.away) throw new Error("connect ECONNREFUSED");
    if (this.nodes.down.includes(name)) return undefined;
    return name === this.leader ? "leader" : "follower";
  }
}

let cluster: NodesDouble;
let kafka: KafkaDouble;
/** How often a controller looks at Kafka before a broker that has restarted has caught up. */
const looksBehind = 2;

beforeEach(start);

function start(): void {
  cluster = new NodesDouble(["ca-platform", ...brokers, ...zooKeepers].map(testNode));
  kafka = new KafkaDouble(cluster);
}

const look = () => new KafkaHealth(kafka).look(cluster.seen().rollout);
const problem = async () => (await look()).problem;

describe("the gate before a server of Kafka restarts", () => {
  it("lets one go when all are there and in sync, and tells the leader of ZooKeepers and the broker in control", async () => {
    const { problem: none, leads } = await look();
    expect(none).toBeUndefined();
    expect([...zooKeepers, ...brokers].filter((name) => leads(name) > 0)).toEqual(["zookeeper0", "kafka1"]);
  });

  it("tells of a ZooKeeper that does not answer, that does not serve, and of a vote that has not ended", async () => {
    kafka.away = "zookeeper2";
    expect(await problem()).toBe("ZooKeeper zookeeper2 does not answer: connect ECONNREFUSED.");
    kafka.away = undefined;
    cluster.break("zookeeper1");
    expect(await problem()).toBe("ZooKeeper zookeeper1 does not serve yet.");
    cluster.fix("zookeeper1");
    cluster.step();
    kafka.leader = "none";
    expect(await problem()).toBe("No ZooKeeper leads the others yet.");
  });

  it("tells of a broker that is away, a partition without a leader, and replicas that are behind", async () => {
    kafka.change = ({ brokers: there }) => void there.delete(3);
    expect(await problem()).toBe("Kafka has not taken in kafka3 yet.");
    kafka.change = ({ partitions }) => void (partitions[1]!.leader = -1);
    expect(await problem()).toBe("No broker leads partition 1 of topic trades yet.");
    kafka.change = () => {};
    kafka.behind.add("kafka3");
    expect(await problem()).toBe(
      "2 of 3 partitions are not in sync yet: partition 1 of topic trades on kafka3, and others.",
    );
    kafka.behind.clear();
    kafka.change = (state) => void (state.controller = -1);
    expect(await problem()).toBe("No broker controls the others yet.");
  });

  it("asks nobody for a network, which has none of these servers", async () => {
    const { rollout } = new NodesDouble(["peer0-org1"].map(testNode)).seen();
    kafka.state = () => Promise.reject(new Error("asked"));
    expect((await new KafkaHealth(kafka).look(rollout)).problem).toBeUndefined();
  });
});

class Killed extends Error {}

/** Reconciles and lets Kubernetes and Kafka work by turns, until the Rollout is ready or `rounds` are over. */
async function roll(rounds = 400): Promise<void> {
  const { api } = cluster;
  const renewals = { of: async () => undefined } as unknown as Renewals;
  const newKeys = { of: async () => ({}) } as unknown as NewKeys;
  let behindFor = 0;
  for (let round = 0; round < rounds; round++) {
    const seen = cluster.seen();
    const before = cluster.down;
    // Every time another controller, which knows nothing.
    const controller = new Rollouts({
      ...{ api, objects: seen, platformNamespace: "dev", reasons: restartReasons({ api, renewals, newKeys }) },
      health: everyGate({ look: async () => ({ leads: () => 0 }) }, new KafkaHealth(kafka)),
      volumes: new Volumes(api),
    });
    try {
      const result = await controller.reconcile(seen.rollout);
      const { changed, status } = withOutcome(seen.rollout, result, new Date());
      const body = { metadata: { resourceVersion: seen.rollout.metadata.resourceVersion }, status };
      if (changed) await api.call("PATCH", `${collections.rollouts("dev")}/nodes/status`, { body });
    } catch (error) {
      const isExpected = error instanceof Killed || (error instanceof ApiError && [404, 409].includes(error.status));
      if (!isExpected) throw error;
    }
    if (round % 2 === 1) cluster.step();
    for (const name of brokers.filter((name) => cluster.down.includes(name))) {
      kafka.behind.add(name);
      behindFor = round + looksBehind;
    }
    if (before.includes(kafka.leader)) kafka.leader = "zookeeper2";
    if (round > behindFor && cluster.down.length === 0) kafka.behind.clear();
    const { metadata, status } = cluster.seen().rollout;
    const isDone = cluster.shown === "True RolledOut" && status?.observedGeneration === metadata.generation;
    if (isDone && cluster.down.length === 0) return;
  }
}

const order = [
  ...["ca-platform", "zookeeper1", "zookeeper2", "zookeeper0"],
  ...["kafka0", "kafka2", "kafka3", "kafka1"],
];

describe("a roll of the platform", () => {
  /** Declares a new version of servers. Leaders stay where they are while others restart. */
  async function upgraded(names = order): Promise<void> {
    start();
    await roll();
    cluster.declare((name) => ({ image: names.includes(name) ? "node:2" : "node:1" }));
  }

  it("restarts ZooKeepers, the leader last, then brokers, each when no replica is behind", async () => {
    await upgraded();
    const behindAtRestart: number[] = [];
    cluster.onCall = (call, moment) => {
      if (call.startsWith("DELETE") && moment === "before") behindAtRestart.push(kafka.behind.size);
    };
    await roll();
    expect(cluster.deleted).toEqual(order);
    expect(Math.max(...cluster.alsoDown.map((others) => others.length))).toBe(0);
    expect(behindAtRestart).toEqual(order.map(() => 0));
    expect(cluster.shown).toBe("True RolledOut");
  });

  it("stops at a broker that does not come back, and at one whose replicas stay behind", async () => {
    await upgraded();
    cluster.declare((name) => ({ image: name === "kafka2" ? "broken" : "node:2" }));
    await roll();
    expect(cluster.deleted).toEqual(order.slice(0, order.indexOf("kafka2") + 1));
    expect(cluster.message).toMatch(/^Node kafka2 is not ready\..*Until it is ready, no other node restarts\.$/s);

    await upgraded();
    kafka.change = ({ partitions }) => {
      const inSync = (name: string) => !cluster.deleted.includes(name) || name === "kafka0";
      for (const one of partitions) one.inSync = one.inSync.filter((number) => inSync(brokers[number]!));
    };
    await roll();
    expect(cluster.deleted.slice(-2)).toEqual(["kafka0", "kafka2"]);
    expect(cluster.message).toBe(
      "kafka3 restarts next. Before that: 2 of 3 partitions are not in sync yet: partition 0 of topic trades on kafka2, and others.",
    );
  });

  it.each(["before", "after"] as const)("goes on to the same end when it is killed %s any call", async (moment) => {
    const some = ["zookeeper1", "zookeeper0", "kafka0", "kafka1"];
    await upgraded(some);
    let calls = 0;
    cluster.onCall = (_call, at) => void (calls += at === moment ? 1 : 0);
    await roll();
    expect(calls).toBeGreaterThan(40);
    for (let n = 1; n <= calls; n++) {
      await upgraded(some);
      let seen = 0;
      cluster.onCall = (_call, at) => {
        if (at === moment && ++seen === n) throw new Killed();
      };
      await roll();
      expect([n, cluster.shown]).toEqual([n, "True RolledOut"]);
      expect(cluster.deleted).toEqual(some);
      expect(Math.max(...cluster.alsoDown.map((others) => others.length))).toBe(0);
    }
  });
});
