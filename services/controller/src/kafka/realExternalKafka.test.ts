/** Against a real Kafka of the user's, with users and passwords: `KAFKA_LIBS` is the folder with the jars of Kafka 3.9 and ZooKeeper. */
import { common } from "@hyperledger/fabric-protos";
import { AclOperations, AclPermissionTypes, Admin, ResourcePatternTypes, ResourceTypes } from "@platformatic/kafka";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { genesisBlockOf } from "../../../../fabric/src/config/genesisBlock";
import { RealKafka } from "../../../../fabric/src/testing/realKafka";
import { certificateRequest } from "../../../common/certificateRequest";
import { newPrivateKey, parsePrivateKey } from "../../../common/keys";
import { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { TestCa } from "../../../common/testing/testCa";
import type { SeenObjects } from "../objects";
import { collections, type KafkaTenant } from "../resources";
import { clientOf } from "../testing/apiClient";
import { KafkaTenants } from "./kafkaTenants";
import type { KafkaSettings } from "./kafkaUsers";

const libs = process.env.KAFKA_LIBS;
const missing = RealKafka.missing(libs);
const platform = "baas-platform";
const users = { admin: "admin-secret", trade: "trade-secret", bonds: "bonds-secret" };

/** Blocks as of system channels, of which each has another nonce. */
const genesis = {
  trade: genesisBlockOf("trade-system", new common.ConfigGroup()),
  bonds: genesisBlockOf("trade-system", new common.ConfigGroup()),
};

describe("tenants of a Kafka of the user's", () => {
  if (missing !== undefined) {
    it("run", (ctx) => ctx.skip(missing));
    return;
  }
  const kafka = new RealKafka(libs!, "SASL_SSL");
  const settings = ({ address }: RealKafka): KafkaSettings => ({
    bootstrap: address,
    ...{ quota: {}, replicas: 1 },
    external: { secret: "kafka-admin", rootCertificates: ca.pem },
  });
  let ca: TestCa;
  let kubernetes: KubernetesDouble;
  let tenant: KafkaTenant;

  function login(namespace: string, name: string, username: string, password: string): void {
    kubernetes.apply(collections.secrets(namespace), {
      metadata: { name, namespace },
      stringData: { username, password },
    });
  }

  function applyGenesis(namespace: keyof typeof genesis): void {
    kubernetes.apply(collections.configMaps(namespace), {
      metadata: {
        name: "trade-system-genesis",
        namespace,
        labels: { "app.kubernetes.io/managed-by": "baas-controller" },
      },
      binaryData: { "genesis.block": genesis[namespace].toString("base64") },
    });
  }

  /** Reconciles the KafkaTenant of a network. */
  async function reconciled(namespace = "trade", more: { secret?: string; purge?: boolean; at?: RealKafka } = {}) {
    const { secret = "kafka-user", purge = false, at = kafka } = more;
    const annotations = purge ? { "baas.io/purge-requested": "now" } : {};
    tenant = {
      metadata: { name: "kafka", namespace, annotations },
      spec: { systemChannel: "trade-system", topics: ["trade-system", "trades"], secret },
    } as unknown as KafkaTenant;
    const tenants = new KafkaTenants({
      api: clientOf(kubernetes),
      objects: { get: () => tenant } as unknown as SeenObjects,
      identity: { tls: () => Promise.reject(new Error("asked the platform's CA")) },
      kafka: settings(at),
      platformNamespace: platform,
    });
    return tenants.reconcile(tenant);
  }

  /** Starts a broker that knows {@link users}. */
  async function start(broker: RealKafka, more: Record<string, unknown>): Promise<void> {
    const key = newPrivateKey();
    const request = await certificateRequest(parsePrivateKey(key)!, "kafka0", ["localhost", "127.0.0.1"]);
    const known = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
    const module = "org.apache.kafka.common.security.plain.PlainLoginModule";
    await broker.start({ key, certificate: await ca.sign(request, "client") }, ca.pem, {
      "sasl.enabled.mechanisms": "PLAIN",
      "sasl.mechanism.inter.broker.protocol": "PLAIN",
      "listener.name.sasl_ssl.plain.sasl.jaas.config": `${module} required username="admin" password="${users.admin}" ${known.join(" ")};`,
      ...more,
    });
  }

  beforeAll(async () => {
    kubernetes = await KubernetesDouble.start();
    ca = await TestCa.make("kafka");
    await start(kafka, {
      "authorizer.class.name": "kafka.security.authorizer.AclAuthorizer",
      "allow.everyone.if.no.acl.found": false,
      "super.users": "User:admin",
    });
  }, 120_000);

  beforeEach(() => {
    login(platform, "kafka-admin", "admin", users.admin);
    for (const namespace of ["trade", "bonds"] as const) {
      login(namespace, "kafka-user", namespace, users[namespace]);
      applyGenesis(namespace);
    }
  });

  afterAll(async () => {
    await kafka.stop();
    await kubernetes.stop();
  }, 60_000);

  const administrator = () =>
    new Admin({
      ...{ clientId: "test", bootstrapBrokers: [kafka.address], tls: { ca: ca.pem }, tlsServerName: true },
      sasl: { mechanism: "PLAIN", username: "admin", password: users.admin },
    });

  it("wait for the Secrets, which the user makes", async () => {
    expect(await reconciled("trade", { secret: "other" })).toMatchObject({
      ready: false,
      reason: "SecretMissing",
      message:
        "Kafka is logged in at with Secret other of type kubernetes.io/basic-auth in namespace trade, which is not there yet.",
    });
    login(platform, "kafka-admin", "admin", "");
    expect(await reconciled()).toMatchObject({ reason: "SecretInvalid" });
  });

  it("are told of a password that Kafka does not take, and of a user who may make no ACLs", async () => {
    login(platform, "kafka-admin", "admin", "wrong");
    expect(await reconciled()).toMatchObject({
      ...{ ready: false, reason: "KafkaLoginRefused" },
      message: `Kafka at ${kafka.address} does not take the controller's user and password: correct the Secret that externalKafka.secret names (SASL_AUTHENTICATION_FAILED).`,
    });
    login(platform, "kafka-admin", "trade", users.trade);
    expect(await reconciled()).toMatchObject({
      ready: false,
      reason: "KafkaForbids",
      message: `Kafka at ${kafka.address} does not let the controller make topics, ACLs and quotas: make its user one of super.users, or allow it ALL on the cluster (CLUSTER_AUTHORIZATION_FAILED).`,
    });
  }, 60_000);

  it("are refused by a Kafka that keeps no ACLs, which is left as it is", async () => {
    const open = new RealKafka(libs!, "SASL_SSL");
    try {
      await start(open, {});
      expect(await reconciled("trade", { at: open })).toMatchObject({
        ...{ ready: false, reason: "KafkaWithoutAcls", retry: true },
        message: `Kafka at ${open.address} keeps no ACLs, so nothing would keep networks apart: set authorizer.class.name on its brokers (SECURITY_DISABLED).`,
      });
      expect(open.topics()).toEqual([]);
    } finally {
      await open.stop();
    }
  }, 60_000);

  it("have their topics, as the users of their Secrets, and get none of each other's", async () => {
    expect(await reconciled()).toMatchObject({
      ready: true,
      message: "trade-system, trades: only user trade reads and writes them",
    });
    expect(kafka.topics()).toEqual(["trade-system", "trades"]);
    expect(await reconciled("bonds")).toMatchObject({
      ready: false,
      reason: "TopicTaken",
      message: "Topic trade-system belongs to trade: give the channel a name of its own.",
    });
  }, 60_000);

  it("are purged of what a genesis block marks as the network's, and of nothing else that its user has", async () => {
    const admin = administrator();
    await admin.createTopics({ topics: ["invoices"], partitions: 1, replicas: 1 });
    const acl = {
      principal: "User:trade",
      host: "*",
      operation: AclOperations.WRITE,
      permissionType: AclPermissionTypes.ALLOW,
    };
    const resource = {
      resourceType: ResourceTypes.TOPIC,
      resourceName: "invoices",
      resourcePatternType: ResourcePatternTypes.LITERAL,
    };
    await admin.createAcls({ creations: [{ ...resource, ...acl }] });
    const block = `${collections.configMaps("trade")}/trade-system-genesis`;
    kubernetes.remove(block);
    expect(await reconciled("trade", { purge: true })).toMatchObject({ reason: "Purged" });
    expect((await admin.listTopics()).sort()).toEqual(["invoices", "trade-system", "trades"]);
    applyGenesis("trade");
    expect(await reconciled("trade", { purge: true })).toMatchObject({ reason: "Purged" });
    expect(await admin.listTopics()).toEqual(["invoices"]);
    await admin.close();
  }, 60_000);
});
