import { beforeAll, describe, expect, it } from "vitest";

import { planKafka } from "../../model/platform/planKafka";
import { names, one, plan, type Registered, registrations } from "../testing";
import { Kafka } from "./kafka";
import { ZooKeeper } from "./zooKeeper";

const namespace = "platform";
const kafka = planKafka(
  { brokers: 4, zookeepers: 3, storage: "10Gi", zookeeperStorage: "1Gi" },
  namespace,
  "cluster.local",
);

/** What a platform with Kafka registers for it. */
function registered(size: "small" | "medium" = "small"): Promise<Registered[]> {
  const { pods } = plan({ organizations: [{ name: "org1" }] });
  const surroundings = { namespace, pods, ipFamilies: undefined, storageClass: undefined };
  const context = { surroundings, size, image: "docker.io/apache/kafka:3.9.2", enrolImage: "enrol:1" };
  return registrations(() => {
    new ZooKeeper("zookeeper", { ...context, servers: kafka.zooKeepers });
    new Kafka("kafka", { ...context, plan: kafka });
  });
}

/** The lines of a properties file. */
function properties(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
}

describe("Kafka of a platform", () => {
  let all: Registered[];
  beforeAll(async () => {
    all = await registered();
  });
  const statefulSet = (name: string) => one(all, "apps/v1:StatefulSet", name);
  const file = (server: string, name: string): string => one(all, "core/v1:ConfigMap", server).data[name];

  it("has a StatefulSet with a retained volume for every server, which nothing restarts by itself", () => {
    const servers = [...kafka.brokers, ...kafka.zooKeepers].map(({ name }) => name);
    expect(names(all, "apps/v1:StatefulSet").sort()).toEqual(servers.sort());
    for (const name of servers) {
      expect(statefulSet(name).spec).toMatchObject({
        replicas: 1,
        updateStrategy: { type: "OnDelete" },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        volumeClaimTemplates: [{ metadata: { name: "data" } }],
      });
    }
    expect(names(all, "policy/v1:PodDisruptionBudget")).toEqual(["kafka", "zookeeper"]);
  });

  it("keeps what Fabric's channels need", () => {
    expect(properties(file("kafka2", "server.properties"))).toMatchObject({
      "broker.id": "2",
      "default.replication.factor": "3",
      "min.insync.replicas": "2",
      "unclean.leader.election.enable": "false",
      "auto.create.topics.enable": "false",
      "log.retention.ms": "-1",
      "log.retention.bytes": "-1",
      "message.max.bytes": "104857600",
      "replica.fetch.max.bytes": "104857600",
      "advertised.listeners": "SSL://kafka2.platform.svc:9093",
      "inter.broker.listener.name": "SSL",
      "ssl.client.auth": "required",
      "authorizer.class.name": "kafka.security.authorizer.AclAuthorizer",
      "allow.everyone.if.no.acl.found": "false",
      "super.users": "User:_broker;User:_controller",
      "zookeeper.connect": "zookeeper0.platform.svc:2182,zookeeper1.platform.svc:2182,zookeeper2.platform.svc:2182",
      "zookeeper.ssl.client.enable": "true",
    });
    // Without a rule for all others, they are refused.
    expect(properties(file("kafka2", "server.properties"))["ssl.principal.mapping.rules"]).not.toContain("DEFAULT");
  });

  it("has TLS on both sides among ZooKeepers, and no port without it that others reach", () => {
    const written = properties(file("zookeeper1", "zookeeper.properties"));
    expect(written).toMatchObject({
      secureClientPort: "2182",
      "ssl.clientAuth": "need",
      sslQuorum: "true",
      "ssl.quorum.clientAuth": "need",
      "admin.serverAddress": "127.0.0.1",
      "server.1": "zookeeper0.platform.svc:2888:3888",
      "server.2": "0.0.0.0:2888:3888",
      "server.3": "zookeeper2.platform.svc:2888:3888",
    });
    expect(written).not.toHaveProperty("clientPort");
    expect(statefulSet("zookeeper1").spec.template.spec.containers[0].command[2]).toContain("echo 2 >");
  });

  it("asks servers themselves whether they are well", () => {
    const probes = (name: string, container: number) => {
      const { startupProbe, livenessProbe } = statefulSet(name).spec.template.spec.containers[container];
      return [startupProbe.exec.command, livenessProbe.exec.command];
    };
    const script = "/etc/baas/kafka/probe.sh";
    expect(probes("kafka0", 0)).toEqual([
      ["bash", script],
      ["bash", script],
    ]);
    // A ZooKeeper without a majority lives.
    expect(probes("zookeeper0", 0)).toEqual([
      ["bash", script, "srvr"],
      ["bash", script, "ruok"],
    ]);
  });

  it("lets orderers of networks and the controller reach brokers, and brokers and the controller reach ZooKeepers", () => {
    const ingress = (name: string) =>
      one(all, "networking.k8s.io/v1:NetworkPolicy", name).spec.ingress.map(({ from, ports }: any) => [
        from.map(({ podSelector }: any) => podSelector.matchLabels["app.kubernetes.io/component"]),
        ports.map(({ port }: any) => port),
      ]);
    expect(ingress("kafka0")).toEqual([[["kafka", "orderer", "controller"], [9093]]]);
    expect(ingress("zookeeper0")).toEqual([
      [["kafka", "controller"], [2182]],
      [["zookeeper"], [2888, 3888]],
    ]);
  });

  it("gives servers of a small size small heaps, and those of a medium size more", async () => {
    const heap = (resources: Registered[], name: string) =>
      one(resources, "apps/v1:StatefulSet", name).spec.template.spec.containers[0].env.find(
        ({ name }: any) => name === "KAFKA_HEAP_OPTS",
      ).value;
    expect([heap(all, "kafka0"), heap(all, "zookeeper0")]).toEqual(["-Xms32m -Xmx128m", "-Xms32m -Xmx64m"]);
    const medium = await registered("medium");
    expect([heap(medium, "kafka0"), heap(medium, "zookeeper0")]).toEqual(["-Xms1g -Xmx1g", "-Xms512m -Xmx512m"]);
  });
});
