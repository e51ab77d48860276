/** Against a real Kafka: `KAFKA_LIBS` is the folder with the jars of Kafka 3.9 and ZooKeeper. */
import { common } from "@hyperledger/fabric-protos";
import {
  type AclFilter,
  AclOperations,
  AclPermissionTypes,
  Admin,
  type BaseOptions,
  Consumer,
  Producer,
  ResourcePatternTypes,
  ResourceTypes,
  stringSerializers,
} from "@platformatic/kafka";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { genesisBlockOf } from "../../../../fabric/src/config/genesisBlock";
import { RealKafka } from "../../../../fabric/src/testing/realKafka";
import { kafkaPrincipalRules, kafkaSuperUsers } from "../../../../model/contracts/kafka";
import { controllerName } from "../../../../model/contracts/names";
import { certificateRequest } from "../../../common/certificateRequest";
import { newPrivateKey, parsePrivateKey } from "../../../common/keys";
import { FabricCaDouble } from "../../../common/testing/fabricCaDouble";
import { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { TestCa } from "../../../common/testing/testCa";
import { collections } from "../resources";
import { clientOf } from "../testing/apiClient";
import { startManager } from "../testing/startManager";
import { KafkaTenants } from "./kafkaTenants";

const libs = process.env.KAFKA_LIBS;
const missing = RealKafka.missing(libs);
const platform = "baas-platform";
const produceQuota = 1_000_000;

describe("tenants of a real Kafka", () => {
  if (missing !== undefined) {
    it("run", (ctx) => ctx.skip(missing));
    return;
  }
  const kafka = new RealKafka(libs!);
  let kubernetes: KubernetesDouble;
  let server: FabricCaDouble;
  let stop: () => Promise<void>;
  let open: { close(): unknown }[] = [];

  const at = (collection: string, name: string) => kubernetes.objects.get(`${collection}/${name}`);
  const condition = (namespace: string) => at(collections.kafkaTenants(namespace), "kafka")?.status?.conditions[0];
  const until = (check: () => unknown) => vi.waitFor(check, { timeout: 30_000, interval: 100 });
  const shows = (namespace: string, wanted: string) =>
    until(() => {
      const { status, reason, message, observedGeneration } = condition(namespace) ?? {};
      const { generation } = at(collections.kafkaTenants(namespace), "kafka")!.metadata;
      expect(`${status} ${reason} ${observedGeneration === generation} ${message}`).toContain(`${wanted} true`);
    });

  /** A network's genesis block and KafkaTenant, as the controller and `pulumi up` make them. */
  function declare(namespace: string, systemChannel: string, channels: string[], genesis: Buffer): void {
    kubernetes.apply(collections.configMaps(namespace), {
      metadata: {
        name: `${systemChannel}-genesis`,
        namespace,
        labels: { "app.kubernetes.io/managed-by": "baas-controller" },
      },
      binaryData: { "genesis.block": genesis.toString("base64") },
    });
    kubernetes.apply(collections.kafkaTenants(namespace), {
      metadata: { name: "kafka", namespace, labels: { "baas.io/network": namespace } },
      spec: { systemChannel, topics: [systemChannel, ...channels] },
    });
  }

  /** Options of a client with a certificate for a common name. */
  async function as(commonName: string, { ca = server.ca, type = "client" } = {}): Promise<BaseOptions> {
    const key = newPrivateKey();
    const cert = await ca.sign(await certificateRequest(parsePrivateKey(key)!, commonName, []), type);
    return { ...anonymous(), tls: { ca: server.ca.pem, key, cert } };
  }

  function anonymous(): BaseOptions {
    const timeouts = { connectTimeout: 3000, requestTimeout: 5000, timeout: 5000 };
    const tls = { ca: server.ca.pem };
    return { ...timeouts, clientId: "test", bootstrapBrokers: [kafka.address], tls, tlsServerName: true, retries: 0 };
  }

  function closing<T extends { close(): unknown }>(client: T): T {
    open.push(client);
    return client;
  }

  const produce = (options: BaseOptions, topic: string) =>
    closing(new Producer({ ...options, serializers: stringSerializers })).send({
      messages: [{ topic, value: "x", partition: 0 }],
      acks: -1,
    });

  /** Fetches by the topic's ID, which an owner may have told. Returns how many records each batch has. */
  async function fetch(options: BaseOptions, topic: string): Promise<number[]> {
    const { topics } = await closing(new Admin(await as(`${controllerName}.${platform}`))).metadata({
      topics: [topic],
    });
    const { id, partitions } = topics.get(topic)!;
    const consumer = closing(new Consumer({ ...options, groupId: "none" }));
    const partition = { partition: 0, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: 1 << 20 };
    const answer = await consumer.fetch({
      node: partitions[0]!.leader,
      topics: [{ topicId: id, partitions: [{ ...partition, fetchOffset: 0n }] }],
      maxWaitTime: 500,
      minBytes: 1,
    });
    return answer.responses[0]!.partitions[0]!.records!.map(({ records }) => records.length);
  }

  /** What Kafka calls the error that a promise ends with. */
  async function refusal(work: Promise<unknown>): Promise<string> {
    const error: any = await work.then(
      () => ({ apiId: "done" }),
      (failure: unknown) => failure,
    );
    const all = (one: any): any[] => [one, ...[one.cause, ...(one.errors ?? [])].filter(Boolean).flatMap(all)];
    return all(error).findLast(({ apiId }) => apiId)?.apiId ?? `${error.code} ${error.message}`;
  }

  beforeAll(async () => {
    kubernetes = await KubernetesDouble.start();
    server = await FabricCaDouble.start();
    server.bootstrap("p");
    const key = newPrivateKey();
    const request = await certificateRequest(parsePrivateKey(key)!, `kafka0.${platform}`, ["localhost", "127.0.0.1"]);
    await kafka.start({ key, certificate: await server.ca.sign(request, "client") }, server.ca.pem, {
      "authorizer.class.name": "kafka.security.authorizer.AclAuthorizer",
      "allow.everyone.if.no.acl.found": false,
      "super.users": kafkaSuperUsers.map((name) => `User:${name}`).join(";"),
      "ssl.principal.mapping.rules": kafkaPrincipalRules(platform, controllerName).join(","),
    });
    kubernetes.apply(collections.secrets(platform), {
      metadata: { name: "platform-ca-registrar", namespace: platform },
      stringData: { username: "registrar", password: "p" },
    });
    kubernetes.apply(collections.certificateAuthorities(platform), {
      metadata: { name: "platform-ca", namespace: platform },
      spec: { organization: "platform", domain: "platform-local", scope: "platform", url: server.url },
    });
    kubernetes.apply(collections.configMaps(platform), {
      metadata: {
        name: "platform-ca-roots",
        namespace: platform,
        labels: { "app.kubernetes.io/managed-by": "baas-enrol" },
      },
      data: { "kafka.pem": server.ca.pem, "operations.pem": server.tlsca.pem },
    });
    kubernetes.apply(collections.identities(platform), {
      metadata: { name: `${controllerName}-kafka`, namespace: platform },
      spec: {
        certificateAuthority: "platform-ca",
        issuer: "kafka",
        enrolmentId: `${controllerName}.${platform}`,
        type: "client",
      },
    });
    stop = startManager(kubernetes, {
      platformNamespace: platform,
      kafka: { bootstrap: kafka.address, quota: { produce: produceQuota }, replicas: 1 },
    });
  }, 120_000);

  afterAll(async () => {
    await Promise.all(open.map((client) => client.close()));
    open = [];
    await stop();
    await kafka.stop();
    await server.stop();
    await kubernetes.stop();
  }, 60_000);

  it("wait for the genesis block of their system channel", async () => {
    kubernetes.apply(collections.kafkaTenants("early"), {
      metadata: { name: "kafka", namespace: "early" },
      spec: { systemChannel: "early-system", topics: ["early-system"] },
    });
    await shows("early", "False GenesisBlockMissing");
    expect(kafka.topics()).not.toContain("early-system");
  }, 60_000);

  it("have their topics made, and given to their orderers alone, with a quota", async () => {
    declare("trade", "trade-system", ["trades"], genesisOf("trade-system"));
    await shows("trade", "True Granted");
    expect(condition("trade").message).toBe("trade-system, trades: only user trade reads and writes them");
    const admin = closing(new Admin(await as(`${controllerName}.${platform}`)));
    const { topics } = await admin.metadata({ topics: ["trade-system", "trades"] });
    expect([...topics.values()].map(({ partitionsCount }) => partitionsCount)).toEqual([1, 1]);
    const [quota] = await admin.describeClientQuotas({
      components: [{ entityType: "user", matchType: 0, match: "trade" }],
      strict: true,
    });
    expect(quota!.values).toEqual([{ key: "producer_byte_rate", value: produceQuota }]);
  }, 60_000);

  it("have orderers that read and write their topics, and may do nothing else", async () => {
    const orderer = await as("orderer0-orderer.trade");
    expect(await refusal(produce(orderer, "trades"))).toBe("done");
    expect(await fetch(orderer, "trades")).toEqual([1]);
    const admin = closing(new Admin(orderer));
    expect(await refusal(admin.createTopics({ topics: ["trade-more"], partitions: 1, replicas: 1 }))).toBe(
      "TOPIC_AUTHORIZATION_FAILED",
    );
    expect(await refusal(admin.deleteTopics({ topics: ["trades"] }))).toBe("TOPIC_AUTHORIZATION_FAILED");
    expect(await refusal(admin.describeAcls({ filter: everyAcl }))).toBe("CLUSTER_AUTHORIZATION_FAILED");
    expect(await admin.listTopics()).toEqual(["trade-system", "trades"]);
  }, 60_000);

  it("are refused what is another's: to produce, to fetch, to ask, to make", async () => {
    declare("other", "other-system", [], genesisOf("other-system"));
    await shows("other", "True Granted");
    const foreign = await as("orderer0-orderer.other");
    expect(await refusal(produce(foreign, "trades"))).toBe("TOPIC_AUTHORIZATION_FAILED");
    expect(await refusal(fetch(foreign, "trades"))).toBe("TOPIC_AUTHORIZATION_FAILED");
    const admin = closing(new Admin(foreign));
    expect(await refusal(admin.metadata({ topics: ["trades"] }))).toBe("TOPIC_AUTHORIZATION_FAILED");
    expect(await refusal(admin.createTopics({ topics: ["more"], partitions: 1, replicas: 1 }))).toBe(
      "TOPIC_AUTHORIZATION_FAILED",
    );
    expect(await admin.listTopics()).toEqual(["other-system"]);
  }, 60_000);

  it("are refused without a certificate, and with one of another CA", async () => {
    const strange = await TestCa.make("strange");
    for (const options of [anonymous(), await as("orderer0-orderer.trade", { ca: strange })]) {
      expect(await refusal(closing(new Admin(options)).listTopics())).toMatch(/^PLT_KFK_/);
    }
  }, 60_000);

  it("are refused with another subject than baas asks the platform's CA for", async () => {
    const strange = closing(new Admin(await as("orderer0-orderer.trade", { type: "peer" })));
    expect(await refusal(strange.metadata({ topics: ["trades"] }))).toBe("PLT_KFK_NETWORK Connection closed");
  }, 60_000);

  it("do not get a topic that is another network's; the rest of theirs is well", async () => {
    declare("thief", "thief-system", ["trades", "own"], genesisOf("thief-system"));
    await shows("thief", "False TopicTaken");
    expect(condition("thief").message).toBe("Topic trades belongs to trade: give the channel a name of its own.");
    const thief = await as("orderer0-orderer.thief");
    expect(await refusal(produce(thief, "own"))).toBe("done");
    expect(await refusal(produce(thief, "trades"))).toBe("TOPIC_AUTHORIZATION_FAILED");
  }, 60_000);

  it("do not get a system channel that is another network's, nor anything else then", async () => {
    declare("copy", "trade-system", ["copied"], genesisOf("trade-system"));
    await shows("copy", "False TopicTaken");
    expect(condition("copy").message).toContain("Topic trade-system belongs to trade");
    expect(kafka.topics()).not.toContain("copied");
  }, 60_000);

  it("do not get the topics of an earlier network of the same name, whose genesis block was another", async () => {
    await clientOf(kubernetes).call("DELETE", `${collections.kafkaTenants("trade")}/kafka`);
    declare("trade", "trade-system", ["trades"], genesisOf("trade-system"));
    await shows("trade", "False TopicTaken");
    expect(condition("trade").message).toContain("belongs to an earlier network trade");
  }, 60_000);

  it("get no new system channel whose topic is somebody's", async () => {
    const { key, cert } = (await as(`${controllerName}.${platform}`)).tls!;
    const tls = { ca: server.ca.pem, key: String(key), cert: String(cert) };
    const tenants = new KafkaTenants({
      api: clientOf(kubernetes),
      objects: { get: (_, name) => at(collections.kafkaTenants(name.split("/")[0]), "kafka") as never, list: () => [] },
      identity: { tls: async () => tls },
      kafka: { bootstrap: kafka.address, quota: {} },
      platformNamespace: platform,
    });
    await expect(tenants.requireUnclaimed("trade", "new-system")).resolves.toBeUndefined();
    await expect(tenants.requireUnclaimed("trade", "trade-system")).rejects.toMatchObject({
      result: { reason: "TopicTaken", message: expect.stringContaining("belongs to an earlier network trade") },
    });
    await expect(tenants.requireUnclaimed("other", "trade-system")).rejects.toMatchObject({
      result: { message: expect.stringContaining("Topic trade-system belongs to trade") },
    });
  }, 60_000);

  it("do not get a topic of which nobody knows whose it is", async () => {
    const admin = closing(new Admin(await as(`${controllerName}.${platform}`)));
    await admin.createTopics({ topics: ["found"], partitions: 1, replicas: 1 });
    declare("finder", "finder-system", ["found"], genesisOf("finder-system"));
    await shows("finder", "False TopicTaken");
    expect(condition("finder").message).toContain("Topic found is there, and no ACL says whose it is");
  }, 60_000);

  it("are deleted by a purge, with what said whose they were, and may then be made anew", async () => {
    const request = (value: string | null) =>
      clientOf(kubernetes).call("PATCH", `${collections.kafkaTenants("trade")}/kafka`, {
        contentType: "application/merge-patch+json",
        body: { metadata: { annotations: { "baas.io/purge-requested": value } } },
      });
    // These wait for its topics.
    for (const rival of ["thief", "copy"]) {
      await clientOf(kubernetes).call("DELETE", `${collections.kafkaTenants(rival)}/kafka`);
    }
    await request("2026-01-01T00:00:00Z");
    await shows("trade", "False Purged");
    expect(condition("trade").message).toContain("Topics trade-system, trades are deleted");
    const admin = closing(new Admin(await as(`${controllerName}.${platform}`)));
    expect(await admin.listTopics()).toEqual(expect.arrayContaining(["other-system", "own", "thief-system"]));
    expect(await admin.listTopics()).not.toContain("trades");
    const acls = await admin.describeAcls({ filter: everyAcl });
    expect(acls.map(({ resourceName }) => resourceName).filter((name) => name.startsWith("trade"))).toEqual([]);
    const match = { entityType: "user", matchType: 0, match: "trade" } as const;
    const quotas = await admin.describeClientQuotas({ components: [match], strict: true });
    expect(quotas.flatMap(({ values }) => values)).toEqual([]);
    await request(null);
    await shows("trade", "True Granted");
  }, 60_000);

  it("wait while Kafka is away, and are well when it is back", async () => {
    await kafka.stopBroker();
    declare("late", "late-system", [], genesisOf("late-system"));
    await shows("late", "False KafkaUnavailable");
    await kafka.startBroker();
    await shows("late", "True Granted");
  }, 120_000);
});

/** A block as of a system channel; each has another nonce. */
const genesisOf = (channel: string): Buffer => genesisBlockOf(channel, new common.ConfigGroup());

const everyAcl: AclFilter = {
  ...{ resourceName: null, principal: null, host: null },
  resourceType: ResourceTypes.ANY,
  resourcePatternType: ResourcePatternTypes.ANY,
  operation: AclOperations.ANY,
  permissionType: AclPermissionTypes.ANY,
};
