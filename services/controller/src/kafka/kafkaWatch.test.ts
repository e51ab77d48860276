import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { jsonLog } from "../../../common/log";
import { rollouts } from "../kinds";
import { Metrics } from "../metrics";
import type { SeenObjects } from "../objects";
import type { KafkaState } from "./kafkaState";
import { KafkaWatch } from "./kafkaWatch";

const key = "baas-platform/nodes";
const nodes = (...names: string[]) => names.map((name) => ({ name, role: name.replace(/\d/, "") }));
const all = nodes("kafka0", "kafka1", "kafka2", "kafka3", "zookeeper0", "zookeeper1", "zookeeper2");
const partition = (inSync: number[], leader = inSync[0] ?? -1) => ({
  ...{ topic: "trades", partition: 0, leader, replicas: [0, 1, 2], inSync },
});

let rollout: any;
let state: () => Promise<Partial<KafkaState>>;
let modes: Record<string, string>;
let lines: string[];
let metrics: Metrics;
let watch: KafkaWatch;

beforeEach(() => {
  rollout = { metadata: { name: "nodes", namespace: "baas-platform" }, spec: { nodes: all } };
  const brokers = new Map([0, 1, 2, 3].map((number) => [number, `kafka${number}`]));
  state = () => Promise.resolve({ brokers, controller: 1, partitions: [partition([0, 1, 2])] });
  modes = { zookeeper0: "leader", zookeeper1: "follower", zookeeper2: "follower" };
  lines = [];
  metrics = new Metrics();
  const objects = { get: (kind: unknown, of: string) => (kind === rollouts && of === key ? rollout : undefined) };
  const mode = (address: string): Promise<any> => {
    const name = address.split(".")[0]!;
    return name in modes ? Promise.resolve(modes[name]) : Promise.reject(new Error("connect ECONNREFUSED"));
  };
  watch = new KafkaWatch({
    ...{ objects: objects as unknown as SeenObjects, metrics, log: jsonLog("info", (line) => lines.push(line)) },
    ...{ platformKafka: { state: () => state() as Promise<KafkaState>, mode }, askKafkaEvery: 5 },
  });
  watch.queue.start();
});
afterEach(() => watch.queue.stop());

/** The figures, such as `brokers wanted 4`. */
async function figures(): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return [...text.matchAll(/^baas_kafka_(\w+)\{state="(\w+)"\} (\d+)$/gm)].map((found) => found.slice(1).join(" "));
}
const until = (wanted: string[]) => vi.waitFor(async () => expect(await figures()).toEqual(wanted), { interval: 5 });

it("exports how many brokers, ZooKeepers and partitions are as they should be, and follows changes", async () => {
  watch.wake(key);
  const wanted = ["brokers wanted 4", "brokers there 4", "brokers controlling 1"];
  const zooKeepers = ["zookeepers wanted 3", "zookeepers serving 3", "zookeepers leading 1"];
  const partitions = [
    "partitions all 1",
    "partitions out_of_sync 0",
    "partitions below_minimum 0",
    "partitions leaderless 0",
  ];
  await until([...wanted, ...zooKeepers, ...partitions]);

  state = () =>
    Promise.resolve({
      ...{ brokers: new Map([[0, "kafka0"]]), controller: 1 },
      partitions: [partition([0, 1]), partition([0]), partition([])],
    });
  modes = { zookeeper1: "follower" };
  await until([
    ...["brokers wanted 4", "brokers there 1", "brokers controlling 0"],
    ...["zookeepers wanted 3", "zookeepers serving 1", "zookeepers leading 0"],
    ...["partitions all 3", "partitions out_of_sync 3", "partitions below_minimum 2", "partitions leaderless 1"],
  ]);
});

it("has no partitions while no broker answers, and logs that once", async () => {
  state = () => Promise.reject(new Error("connect ETIMEDOUT"));
  watch.wake(key);
  const silent = ["brokers wanted 4", "brokers there 0", "brokers controlling 0"];
  await until([...silent, "zookeepers wanted 3", "zookeepers serving 3", "zookeepers leading 1"]);
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  expect(lines[0]).toContain('"cause":"connect ETIMEDOUT"');
});

it("asks nobody where the Rollout has no broker, and stops when its brokers go", async () => {
  watch.wake(key);
  await vi.waitFor(async () => expect(await figures()).not.toEqual([]));
  rollout = { ...rollout, spec: { nodes: nodes("platform-ca") } };
  await until([]);
  let asked = 0;
  state = () => Promise.reject(new Error(String(++asked)));
  watch.wake(key);
  watch.wake("trade/nodes");
  expect(asked).toBe(0);
});
