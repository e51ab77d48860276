import { load } from "js-yaml";
import { beforeAll, describe, expect, it } from "vitest";

import type { KafkaService } from "../../model/network/kafkaService";
import { images, names, one, plan, type Registered, registrations } from "../testing";
import { Network } from "./network";

const own: KafkaService = { bootstrap: ["kafka-bootstrap.baas-platform.svc:9093"], enabled: true };
const external: KafkaService = {
  bootstrap: ["one.example.com:9093", "two.example.com:9094", "three.example.com:9094"],
  enabled: true,
  external: { rootCertificates: "the roots" },
};

/** Those of the last network. */
let topics: unknown;

function network(kafka: KafkaService, ordering: object = {}): Promise<Registered[]> {
  const config = {
    ordering: { type: "kafka", systemChannel: "net-system", nodes: 2, ...ordering },
    organizations: [{ name: "org1" }, { name: "org2" }],
    channels: [{ name: "main" }],
    gateway: { port: 30443 },
  };
  const exposure = { ports: { from: 30443, to: 30444 } };
  return registrations((cluster) => {
    const { outputs } = new Network(
      "net",
      { plan: plan(config, exposure, {}, kafka), cluster, images, platformNamespace: "baas-platform" },
      { providers: [cluster.provider] },
    );
    topics = outputs.topics;
  });
}

const orderer = "orderer0-orderer";
const yaml = (all: Registered[]): any => load(one(all, "core/v1:ConfigMap", orderer).data["orderer.yaml"]);
const pod = (all: Registered[]): any => one(all, "apps/v1:StatefulSet", orderer).spec.template.spec;
const egress = (all: Registered[]): any[] => one(all, "networking.k8s.io/v1:NetworkPolicy", orderer).spec.egress;

describe("a network on the platform's Kafka", () => {
  let all: Registered[];
  beforeAll(async () => {
    all = await network(own);
  });

  it("names its topics where previews show them", () => {
    expect(topics).toEqual(["net-system", "main"]);
    expect(one(all, "baas.io/v1alpha1:KafkaTenant", "kafka").spec.topics).toEqual(topics);
  });

  it("has a system channel with all organizations, which nothing waits for", () => {
    const { metadata, spec } = one(all, "baas.io/v1alpha1:SystemChannel", "net-system");
    expect(metadata.annotations).toMatchObject({ "pulumi.com/skipAwait": "true" });
    expect(spec).toEqual({
      name: "net-system",
      brokers: own.bootstrap,
      organization: { name: "orderer", mspId: "OrdererMSP", certificateAuthority: "ca-orderer" },
      orderers: [0, 1].map((n) => ({
        name: `orderer${n}-orderer`,
        address: `orderer${n}-orderer.net.svc:7050`,
        endpoint: `orderer${n}-orderer.net.svc:7050`,
      })),
      organizations: [1, 2].map((n) => ({
        name: `org${n}`,
        mspId: `Org${n}MSP`,
        certificateAuthority: `ca-org${n}`,
      })),
      tenant: "kafka",
    });
    const channel = one(all, "baas.io/v1alpha1:Channel", "main").spec;
    expect(channel.ordering).toMatchObject({ type: "kafka", systemChannel: "net-system" });
  });

  it("has orderers start with its genesis block, and speak TLS to Kafka as themselves", () => {
    expect(yaml(all).General).toMatchObject({
      BootstrapMethod: "file",
      BootstrapFile: "/etc/baas/genesis/genesis.block",
    });
    expect(yaml(all).Kafka).toMatchObject({
      TLS: {
        Enabled: true,
        Certificate: { File: "/var/hyperledger/kafka/tls/server.crt" },
        PrivateKey: { File: "/var/hyperledger/kafka/tls/server.key" },
        RootCAs: { File: "/var/hyperledger/kafka/tls/ca.crt" },
      },
      SASLPlain: { Enabled: false },
      Topic: { ReplicationFactor: 3 },
    });
    expect(pod(all).volumes).toContainEqual({ name: "genesis", configMap: { name: "net-system-genesis" } });
    expect(pod(all).containers[0].volumeMounts).toContainEqual({
      name: "genesis",
      mountPath: "/etc/baas/genesis",
      readOnly: true,
    });
  });

  it("names every topic that it has, and nothing waits for that", () => {
    const { metadata, spec } = one(all, "baas.io/v1alpha1:KafkaTenant", "kafka");
    expect(metadata).toMatchObject({ namespace: "net", annotations: { "pulumi.com/skipAwait": "true" } });
    expect(metadata.annotations["baas.io/purges"]).toBe("topics of Kafka: net-system, main");
    expect(spec).toEqual({ systemChannel: "net-system", topics: ["net-system", "main"] });
  });

  it("has orderers enrol with the platform's CA for Kafka, each with a key of its own", () => {
    const { metadata, spec } = one(all, "baas.io/v1alpha1:Identity", "orderer0-orderer-kafka");
    expect(metadata.annotations).toMatchObject({ "pulumi.com/skipAwait": "true" });
    expect(spec).toEqual({
      ...{ certificateAuthority: "platform-ca", issuer: "kafka", type: "client" },
      ...{ enrolmentId: "orderer0-orderer.net", node: "orderer0-orderer" },
    });
    const { initContainers, volumes } = pod(all);
    expect(initContainers.map(({ name }: { name: string }) => name)).toEqual(["enrol", "enrol-kafka"]);
    expect(initContainers[1].volumeMounts[0]).toEqual({ name: "data", mountPath: "/var/hyperledger" });
    expect(volumes).toContainEqual({
      name: "kafka-enrolment",
      secret: { secretName: "orderer0-orderer-kafka-enrolment", defaultMode: 0o440 },
    });
    const toCa = egress(all).filter(({ to }) => to?.[0].namespaceSelector && to[0].podSelector.matchLabels);
    expect(toCa.map(({ ports }) => ports[0].port)).toEqual([9093, 7054]);
  });

  it("keeps the orderers' key for Kafka out of their logs", () => {
    expect(pod(all).containers[0].env).toContainEqual({
      name: "FABRIC_LOGGING_SPEC",
      value: "info:orderer.common.server=warn",
    });
  });

  it("never asks orderers for their health, which writes to the topic of every channel", () => {
    const [container] = pod(all).containers;
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      expect(container[probe].httpGet.path).toBe("/version");
    }
    const config = one(all, "core/v1:ConfigMap", "gateway").data["haproxy.cfg"] as string;
    const pathOf = (node: string) => new RegExp(`backend ${node}\\n[^]*?httpchk GET (\\S+)`).exec(config)?.[1];
    expect([orderer, "orderer1-orderer", "peer0-org1"].map(pathOf)).toEqual(["/version", "/version", "/healthz"]);
  });

  it("lets no orderer reach another, which it has no use for", () => {
    const { ingress, egress } = one(all, "networking.k8s.io/v1:NetworkPolicy", orderer).spec;
    const rules = [...ingress.map(({ from }: any) => from), ...egress.map(({ to }: any) => to)].flat();
    const roles = rules.map((rule: any) => rule?.podSelector?.matchLabels?.["app.kubernetes.io/component"]);
    expect(roles).toContain("peer");
    expect(roles).not.toContain("orderer");
  });

  it("lets orderers reach the brokers", () => {
    expect(egress(all)).toContainEqual({
      to: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "baas-platform" } },
          podSelector: {
            matchLabels: { "app.kubernetes.io/part-of": "baas", "app.kubernetes.io/component": "kafka" },
          },
        },
      ],
      ports: [{ protocol: "TCP", port: 9093 }],
    });
  });

  it("has no orderer that leads: the Rollout asks none of them", () => {
    const { nodes } = one(all, "baas.io/v1alpha1:Rollout", "nodes").spec;
    expect(nodes.some(({ operations }: { operations?: string }) => operations !== undefined)).toBe(false);
  });
});

describe("a network on a Kafka of the user's", () => {
  let all: Registered[];
  beforeAll(async () => {
    all = await network(external, { kafkaSecret: "kafka-user" });
  });

  it("has orderers log in with its Secret, over TLS", () => {
    expect(yaml(all).Kafka).toMatchObject({
      TLS: {
        Enabled: true,
        // Fabric's orderer does not start without a certificate.
        Certificate: { File: "/var/hyperledger/crypto/tls/server.crt" },
        PrivateKey: { File: "/var/hyperledger/crypto/tls/server.key" },
        RootCAs: { File: "/etc/baas/orderer/kafka-roots.pem" },
      },
      SASLPlain: { Enabled: true },
    });
    expect(one(all, "core/v1:ConfigMap", orderer).data["kafka-roots.pem"]).toBe("the roots");
    const from = (key: string) => ({ secretKeyRef: { name: "kafka-user", key } });
    expect(pod(all).containers[0].env).toEqual([
      { name: "FABRIC_CFG_PATH", value: "/etc/baas/orderer" },
      { name: "FABRIC_LOGGING_SPEC", value: "info:orderer.common.server=warn" },
      { name: "ORDERER_KAFKA_SASLPLAIN_USER", valueFrom: from("username") },
      { name: "ORDERER_KAFKA_SASLPLAIN_PASSWORD", valueFrom: from("password") },
    ]);
  });

  it("has its topics there, as the user of that Secret, and no certificates of the platform's CA", () => {
    expect(one(all, "baas.io/v1alpha1:KafkaTenant", "kafka").spec).toEqual({
      systemChannel: "net-system",
      topics: ["net-system", "main"],
      secret: "kafka-user",
    });
    expect(names(all, "baas.io/v1alpha1:Identity").filter((name) => name.endsWith("-kafka"))).toEqual([]);
    expect(one(all, "baas.io/v1alpha1:SystemChannel", "net-system").spec.tenant).toBe("kafka");
  });

  it("lets orderers reach the brokers' ports, each once", () => {
    expect(egress(all)).toContainEqual({
      ports: [
        { protocol: "TCP", port: 9093 },
        { protocol: "TCP", port: 9094 },
      ],
    });
  });
});

it("a network on Raft has neither a system channel nor settings of Kafka", async () => {
  const all = await registrations((cluster) => {
    new Network(
      "net",
      { plan: plan({ organizations: [{ name: "org1" }] }), cluster, images, platformNamespace: "baas-platform" },
      { providers: [cluster.provider] },
    );
  });
  expect(names(all, "baas.io/v1alpha1:SystemChannel")).toEqual([]);
  expect(names(all, "baas.io/v1alpha1:KafkaTenant")).toEqual([]);
  expect(yaml(all).General.BootstrapMethod).toBe("none");
  expect(yaml(all).Kafka).toBeUndefined();
});
