/**
 * Day 2 of the platform's Kafka on three nodes, under a producer of numbered messages: brokers that come and go, and a roll of all servers.
 * tests/cluster/kafka.test.ts loses a broker, a ZooKeeper and a whole server.
 */
import { describe, expect, it, vi } from "vitest";

import { ControllerPod } from "../cluster/kafka/controllerPod";
import { KafkaTest } from "../cluster/kafka/kafkaTest";

const test = new KafkaTest("test-kafka");
const waits = { timeout: 600_000, interval: 500 };
let controller: ControllerPod;

describe("the platform's Kafka", () => {
  it("takes replicas onto a broker that is new, and off one before it is removed", async () => {
    const { kafka } = test;
    controller = await ControllerPod.start(test.cluster, kafka);
    await controller.run();
    await test.rolledOut();
    console.log(`the controller takes ${await controller.memory()} MiB`);
    const topics = ["one", "two", "three", "four", "five"];
    for (const topic of topics) await test.made(topic);
    const onNew = async (): Promise<number> => {
      const all = await Promise.all(topics.map((topic) => test.health(topic)));
      return all.filter(({ replicas }) => replicas.includes(4)).length;
    };

    await test.whileSending("resized", async () => {
      let began = Date.now();
      await kafka.resize(5);
      await test.rolledOut();
      console.log(`a fifth broker has its share ${Math.round((Date.now() - began) / 1000)} s after it was applied`);
      expect(await onNew()).toBeGreaterThanOrEqual(2);
      for (const topic of topics) await test.healthy(topic);

      began = Date.now();
      await kafka.resize(4);
      await test.rolledOut();
      expect(await onNew()).toBe(0);
      console.log(`it is empty ${Math.round((Date.now() - began) / 1000)} s after the Rollout named it no more`);
      await kafka.removeUndeclared();
      for (const topic of topics) await test.healthy(topic);
    });
  });

  it("rolls one server after another, ZooKeepers first and each leader last, also when the controller is killed", async () => {
    const { kafka } = test;
    await test.whileSending("rolled", async () => {
      const before = await kafka.restarts();
      const started = Date.now();
      await kafka.change("2");
      await vi.waitFor(async () => expect(await kafka.restarts()).toHaveLength(before.length + 4), waits);
      await controller.kill();
      await controller.run();
      await test.rolledOut();
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
