import { describe, expect, it } from "vitest";

import { kafkaPrincipalRules, kafkaSuperUsers } from "../contracts/kafka";
import { planKafka } from "./planKafka";

const config = { brokers: 4, zookeepers: 3, storage: "10Gi", zookeeperStorage: "1Gi" };
const plan = planKafka(config, "platform", "cluster.local");

describe("the servers of a platform's Kafka", () => {
  it("are counted as Kafka and ZooKeeper count them", () => {
    expect(plan.brokers.map(({ name, number, address }) => [name, number, address])).toEqual([
      ["kafka0", 0, "kafka0.platform.svc:9093"],
      ["kafka1", 1, "kafka1.platform.svc:9093"],
      ["kafka2", 2, "kafka2.platform.svc:9093"],
      ["kafka3", 3, "kafka3.platform.svc:9093"],
    ]);
    expect(plan.zooKeepers.map(({ name, number }) => [name, number])).toEqual([
      ["zookeeper0", 1],
      ["zookeeper1", 2],
      ["zookeeper2", 3],
    ]);
  });

  it("all answer to the name of the bootstrap Service, if they are brokers", () => {
    for (const { name, hosts } of plan.brokers) {
      expect(hosts).toEqual([
        ...[name, `${name}.platform`, `${name}.platform.svc`, `${name}.platform.svc.cluster.local`, "localhost"],
        ...["kafka-bootstrap", "kafka-bootstrap.platform", "kafka-bootstrap.platform.svc"],
        "kafka-bootstrap.platform.svc.cluster.local",
      ]);
    }
  });

  it("are who DNS says that they are, if they are ZooKeepers", () => {
    expect(plan.zooKeepers[0]!.hosts).toContain("*.zookeeper0-headless.platform.svc.cluster.local");
    expect(plan.zooKeepers[0]!.hosts).toContain("*.zookeeper0.platform.svc.cluster.local");
  });
});

describe("whom brokers take a certificate for", () => {
  /** As Kafka reads the rules. Source: org.apache.kafka.common.security.ssl.SslPrincipalMapper. */
  function principalOf(subject: string): string | undefined {
    for (const text of kafkaPrincipalRules("platform", "controller")) {
      const [, pattern, replacement] = /^RULE:([^/]*)\/([^/]*)\/$/.exec(text)!;
      // Kafka wants the whole name to match.
      const rule = new RegExp(`^(?:${pattern})$`);
      if (rule.test(subject)) return subject.replace(rule, replacement!);
    }
    return undefined;
  }

  it("is a network for all of its nodes", () => {
    expect(principalOf("CN=orderer0-orderer.trade,OU=client")).toBe("trade");
    expect(principalOf("CN=orderer1-orderer.trade,OU=client")).toBe("trade");
  });

  it("is one who may do everything for brokers and the controller of the platform alone", () => {
    expect(principalOf("CN=kafka12.platform,OU=client")).toBe(kafkaSuperUsers[0]);
    expect(principalOf("CN=controller.platform,OU=client")).toBe(kafkaSuperUsers[1]);
    for (const name of [
      "kafka0.trade",
      "controller.trade",
      "zookeeper0.platform",
      "kafka0-x.platform",
      "kafka.platform",
    ]) {
      expect(kafkaSuperUsers).not.toContain(principalOf(`CN=${name},OU=client`));
    }
  });

  it("is nobody for a subject with anything more, which a requester may have put there", () => {
    for (const subject of [
      "CN=kafka0.platform,OU=client,O=x",
      "CN=kafka0.platform,OU=peer",
      "O=x,CN=kafka0.platform,OU=client",
      "CN=kafka0.platform,OU=client,OU=client",
      "CN=a.kafka0.platform,OU=client",
      "CN=_broker,OU=client",
      "CN=x._broker,OU=client",
      "",
    ]) {
      expect(principalOf(subject)).toBeUndefined();
    }
  });
});
