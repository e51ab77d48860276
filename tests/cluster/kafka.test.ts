/** Kafka and ZooKeeper of a platform on three nodes: who is let in, and what is lost when servers fail. tests/soak/kafkaServers.test.ts has more. */
import { describe, expect, it } from "vitest";

import { kafkaServerPorts } from "../../model/contracts/ports";
import { TestCa } from "../../services/common/testing/testCa";
import { ControllerPod } from "./kafka/controllerPod";
import type { Client } from "./kafka/kafkaCluster";
import { KafkaTest } from "./kafka/kafkaTest";
import { askAsOrderer, ordererProtocols } from "./kafka/ordererClient";

const test = new KafkaTest("test-kafka");
const topic = "trades";
/** Of another network. */
let foreign: Client;

describe("the platform's Kafka", () => {
  it("has every broker in the rack of its node, and lets each network do no more than use its own topics", async () => {
    const { kafka, orderer, own } = test;
    const topicId = await test.made(topic);
    const { racks, leader } = await test.health(topic);
    for (const [id, rack] of Object.entries(racks)) expect(rack).toBe(await kafka.nodeOf(`kafka${id}`));
    expect(Object.keys(racks)).toEqual(["0", "1", "2", "3"]);
    expect(new Set(Object.values(racks)).size).toBe(3);
    const given = { topic, topicId, leader: String(leader), principal: "User:second" };

    expect(await kafka.ask(orderer, "probe", given)).toEqual({
      ...{ metadata: "done", produce: "done", fetch: "done" },
      ...{ create: "TOPIC_AUTHORIZATION_FAILED", grant: "CLUSTER_AUTHORIZATION_FAILED" },
    });

    const asOrderer = { ca: await TestCa.make("kafka"), name: "orderer0-orderer" };
    const [other, forger] = await Promise.all([
      kafka.client({ namespace: "second", name: "orderer0-orderer" }, "orderer"),
      kafka.client({ namespace: own, name: "forger" }, "orderer", asOrderer),
    ]);
    foreign = other;
    const refused = "TOPIC_AUTHORIZATION_FAILED";
    expect(await kafka.ask(foreign, "probe", given)).toEqual({
      ...{ metadata: refused, produce: refused, fetch: refused, create: refused },
      grant: "CLUSTER_AUTHORIZATION_FAILED",
    });

    const closed = "PLT_KFK_NETWORK";
    const nothing = { metadata: closed, produce: closed, fetch: closed, create: closed, grant: closed };
    expect(await kafka.ask(orderer, "probe", { ...given, anonymous: "true" })).toEqual(nothing);
    expect(await kafka.ask(forger, "probe", given)).toEqual(nothing);
  });

  it("takes and gives numbered messages in the old protocols of Fabric's orderers, and refuses them foreign topics", async () => {
    const { kafka, orderer } = test;
    const count = 100;
    const refused = "kafka server: The client is not authorized to access this topic.";
    for (const version of ordererProtocols) {
      const given = { topic, version, count };
      expect(await askAsOrderer(kafka, orderer, given)).toEqual({
        ...{ metadata: "done", produce: "done", consume: "done" },
        messages: Array.from({ length: count }, (_, number) => number),
      });
      expect(await askAsOrderer(kafka, foreign, given)).toEqual({
        ...{ metadata: refused, produce: refused, consume: refused },
        messages: [],
      });
    }
  });

  it("is reached by orderers and the controller alone, and its ZooKeepers by brokers", async () => {
    const { kafka, orderer, own } = test;
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
    const { kafka } = test;
    await test.whileSending(numbered, async () => {
      const { leader } = await test.health(numbered);
      for (const server of [`kafka${leader}`, "zookeeper1"]) {
        console.log(`killing ${server}`);
        await kafka.kill(server);
        await kafka.ready();
        await test.healthy(numbered);
      }
      await test.loseNode(numbered);
    });
  });

  it("loses none while the controller restarts a ZooKeeper and a broker, which have changed", async () => {
    const { kafka, cluster } = test;
    const controller = await ControllerPod.start(cluster, kafka);
    await test.whileSending("rolled", async () => {
      await kafka.change("2", ["zookeeper0", "kafka1"]);
      await controller.run();
      await test.rolledOut();
    });
    expect(await kafka.restarts()).toEqual(["zookeeper0", "kafka1"]);
  });
});
