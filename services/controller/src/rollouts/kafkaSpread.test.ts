import { beforeEach, describe, expect, it } from "vitest";

import type { KafkaState, PartitionState } from "../kafka/kafkaState";
import type { Move } from "../kafka/spread";
import { Halt, soon } from "../reconciler";
import type { Rollout } from "../resources";
import { type KafkaReplicas, KafkaSpread } from "./kafkaSpread";

/** Brokers that move replicas when they are told to. */
class BrokersDouble implements KafkaReplicas {
  up = [0, 1, 2, 3];
  partitions: PartitionState[] = [];
  begun: Move[] = [];
  /** What was asked, beside the state. */
  readonly asked: string[] = [];

  topic(topic: string, ...replicas: number[]): void {
    this.partitions.push({ topic, partition: 0, leader: replicas[0]!, replicas, inSync: replicas });
  }

  async state(): Promise<KafkaState> {
    return {
      brokers: new Map(this.up.map((number) => [number, `kafka${number}.baas-platform.svc`])),
      racks: new Map(),
      controller: 0,
      partitions: this.partitions,
    };
  }

  async moving(): Promise<string[]> {
    this.asked.push("moving");
    return this.begun.map(({ topic }) => topic);
  }

  async move(moves: readonly Move[]): Promise<void> {
    this.asked.push("move");
    this.begun = [...moves];
  }

  /** Copies all that was begun. */
  finish(): void {
    this.partitions = this.partitions.map((one) => {
      const replicas = this.begun.find(({ topic }) => topic === one.topic)?.replicas;
      return replicas === undefined ? one : { ...one, leader: replicas[0]!, replicas, inSync: replicas };
    });
    this.begun = [];
  }
}

let kafka: BrokersDouble;
beforeEach(() => {
  kafka = new BrokersDouble();
});

/** The result for a Rollout with some brokers; undefined if nothing is left to do. */
async function after(brokers: number): Promise<string | undefined> {
  const nodes = [...Array(brokers).keys()].map((i) => ({ name: `kafka${i}`, role: "kafka" }));
  const rollout = { metadata: { namespace: "baas-platform" }, spec: { nodes } } as unknown as Rollout;
  const result = await new KafkaSpread(kafka).afterRoll(rollout);
  if (result === undefined) return undefined;
  expect(result).toMatchObject({ ready: false, isNormal: true, reason: "Spreading" });
  return result.message;
}

describe("replicas, once all brokers run as declared", () => {
  it("stay where every broker has its share, and nobody is asked about moves", async () => {
    kafka.topic("a", 0, 1, 2);
    kafka.topic("b", 3, 0, 1);
    expect(await after(4)).toBeUndefined();
    expect(kafka.asked).toEqual([]);
  });

  it("move onto a broker that is new, and the Rollout waits for them", async () => {
    for (let i = 0; i < 8; i++) kafka.topic(`t${i}`, i % 4, (i + 1) % 4, (i + 2) % 4);
    kafka.up.push(4);
    expect(await after(5)).toMatch(/^Moving replicas of topics t\d, .* to other brokers\.$/);
    expect(await after(5)).toMatch(/^Replicas of topics t\d, .* move to other brokers\.$/);
    kafka.finish();
    expect(await after(5)).toBeUndefined();
    expect(kafka.partitions.filter(({ replicas }) => replicas.includes(4))).toHaveLength(4);
  });

  it("wait for a broker that has not come up, and for what is not in sync", async () => {
    kafka.topic("a", 0, 1, 4);
    kafka.up = [0, 1, 2];
    expect(await after(4)).toBe("Kafka has not taken in kafka3 yet.");
    kafka.up = [0, 1, 2, 3, 4];
    kafka.partitions[0]!.inSync = [0, 4];
    expect(await after(4)).toBe("Replicas move next. Before that: topic a is not in sync yet.");
    expect(kafka.begun).toEqual([]);
  });

  it("move off a broker that the Rollout names no more, also when it is gone already", async () => {
    for (const up of [
      [0, 1, 2, 3, 4],
      [0, 1, 2, 3],
    ]) {
      kafka = new BrokersDouble();
      kafka.up = up;
      kafka.topic("a", 0, 1, 4);
      kafka.partitions[0]!.inSync = up.includes(4) ? [0, 1, 4] : [0, 1];
      expect(await after(4)).toBe("Moving replicas of topic a to other brokers.");
      expect(kafka.begun).toEqual([{ topic: "a", partition: 0, replicas: [0, 1, 2] }]);
      kafka.finish();
      expect(await after(4)).toBeUndefined();
    }
  });

  it("are nobody's business without Kafka, and while it does not answer, the Rollout is not ready", async () => {
    kafka.state = () => Promise.reject(new Halt(soon("Spreading", "Kafka does not answer.")));
    expect(await after(0)).toBeUndefined();
    expect(await after(4)).toBe("Kafka does not answer.");
  });
});
