/**
 * A client of Kafka that runs in a pod, where the names of brokers lead to them: `node client.js COMMAND JSON`. It prints its
 * result as JSON.
 */
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import {
  AclOperations,
  AclPermissionTypes,
  Admin,
  Consumer,
  GenericError,
  Producer,
  ResourcePatternTypes,
  ResourceTypes,
  stringSerializers,
} from "@platformatic/kafka";

const [command = "", json = "{}"] = process.argv.slice(2);
const given = JSON.parse(json) as Record<string, string>;

/** Of a Secret. */
const folder = "/certificates";
const read = (file: string) => readFileSync(`${folder}/${file}`, "utf8");
const identity = given.anonymous ? {} : { key: read("client.key"), cert: read("client.crt") };
const options = {
  clientId: "test",
  bootstrapBrokers: [given.bootstrap!],
  tls: { ca: read("ca.pem"), ...identity },
  tlsServerName: true,
  connectTimeout: 4000,
  requestTimeout: 8000,
  timeout: 8000,
  strict: false,
};

/** Runs until this exists. */
const stopFile = "/tmp/stop";

const commands: Record<string, () => Promise<unknown>> = { create, grant, health, probe, produce, reach, values };

async function create() {
  const admin = new Admin(options);
  const [topic] = await admin.createTopics({ topics: [given.topic!], partitions: 1, replicas: 3 });
  return topic;
}

async function grant() {
  const admin = new Admin(options);
  const creations = [AclOperations.READ, AclOperations.WRITE, AclOperations.DESCRIBE].map((operation) => ({
    resourceType: ResourceTypes.TOPIC,
    resourceName: given.topic!,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: given.principal!,
    host: "*",
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  }));
  await admin.createAcls({ creations });
}

/** Racks of the brokers, and replicas of a topic in sync. */
async function health() {
  const admin = new Admin({ ...options, retries: 0 });
  const { brokers, topics } = await admin.metadata({ topics: [given.topic!], forceUpdate: true });
  const partition = topics.get(given.topic!)?.partitions[0];
  return {
    racks: Object.fromEntries([...brokers].map(([id, { rack }]) => [id, rack])),
    leader: partition?.leader,
    replicas: partition?.replicas,
    inSync: partition?.isr,
  };
}

/** Whether a port can be connected to. */
function reach() {
  return new Promise((resolve) => {
    const socket = connect({ host: given.host!, port: Number(given.port), timeout: 4000 });
    for (const [event, result] of [
      ["connect", true],
      ["timeout", false],
      ["error", false],
    ] as const) {
      socket.once(event, () => resolve(result));
    }
  });
}

/** What the brokers say to each of the things that a client may try. */
async function probe() {
  const once = { ...options, retries: 0 };
  const topics = [given.topic!];
  const attempts: Record<string, () => Promise<unknown>> = {
    metadata: () => new Admin(once).metadata({ topics, forceUpdate: true }),
    produce: () => send(new Producer({ ...once, serializers: stringSerializers }), "x"),
    // By the ID, which only those who may describe the topic are told.
    fetch: async () => {
      const node = Number(given.leader);
      const [answer] = (await fetchFrom(new Consumer({ ...once, groupId: "none" }), node, given.topicId!, 0n))
        .responses;
      if (answer?.partitions[0]?.errorCode !== 0) throw new Error(`error ${answer?.partitions[0]?.errorCode}`);
    },
    // Any broker but one sends the client on to that one.
    create: () =>
      new Admin({ ...once, retries: 3 }).createTopics({ topics: [`${given.topic}-2`], partitions: 1, replicas: 3 }),
    grant: () => grant(),
  };
  const results = Object.entries(attempts).map(async ([name, attempt]) => [
    name,
    await attempt().then(() => "done", reasonOf),
  ]);
  return Object.fromEntries(await Promise.all(results));
}

/** What Kafka calls the error of the last attempt, or else what went wrong with the connection. */
function reasonOf(error: any): string {
  const all = nested(error);
  const named = all.findLast(({ apiId }) => typeof apiId === "string");
  return named?.apiId ?? all.findLast(({ code }) => typeof code === "string")?.code ?? String(error.message);
}

/** An error, and what it says of its causes, the first attempts first. */
function nested(error: any): any[] {
  return [error, ...[error.cause, ...(error.errors ?? [])].filter(Boolean).flatMap(nested)];
}

/** Sends numbered messages one after another until told to stop. A message whose fate is unknown is not sent again. */
async function produce() {
  const acknowledged: number[] = [];
  const unknown: number[] = [];
  const gaps: { until: number; ms: number }[] = [];
  let producer = newProducer();
  let last = Date.now();
  for (let number = 0; !existsSync(stopFile); number++) {
    try {
      await send(producer, String(number));
      acknowledged.push(number);
      const now = Date.now();
      if (now - last > 1000) gaps.push({ until: number, ms: now - last });
      last = now;
    } catch (error) {
      unknown.push(number);
      console.error(`${new Date().toISOString()} ${number}: ${reasonOf(error)}`);
      if (error instanceof GenericError && error.canRetry === false) {
        void producer.close(true).catch(() => undefined);
        producer = newProducer();
      }
      await sleep(100);
    }
    await sleep(20);
  }
  return { acknowledged, unknown, gaps, longestGapMs: Math.max(0, ...gaps.map(({ ms }) => ms)) };
}

function newProducer() {
  return new Producer({ ...options, serializers: stringSerializers, idempotent: true, retries: 60, retryDelay: 250 });
}

function send(producer: Producer<string, string, string, string>, value: string) {
  return producer.send({ messages: [{ topic: given.topic!, value, partition: 0 }], acks: -1 });
}

/** All values of a topic, in their order. */
async function values() {
  const consumer = new Consumer({ ...options, groupId: "none" });
  const { topics } = await consumer.metadata({ topics: [given.topic!], forceUpdate: true });
  const { id, partitions } = topics.get(given.topic!)!;
  const found: string[] = [];
  for (let offset = 0n; ;) {
    const answer = await fetchFrom(consumer, partitions[0]!.leader, id, offset);
    const partition = answer.responses[0]!.partitions[0]!;
    for (const batch of partition.records ?? []) {
      for (const record of batch.records) {
        const own = batch.firstOffset + BigInt(record.offsetDelta);
        if (own < offset) continue;
        found.push(record.value!.toString());
        offset = own + 1n;
      }
    }
    if (offset >= partition.highWatermark) return found.map(Number);
  }
}

function fetchFrom(consumer: Consumer, node: number, topicId: string, fetchOffset: bigint) {
  const partition = {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset,
    lastFetchedEpoch: -1,
    partitionMaxBytes: 1 << 20,
  };
  return consumer.fetch({ node, topics: [{ topicId, partitions: [partition] }], maxWaitTime: 500, minBytes: 1 });
}

commands[command]!().then(
  (result) => {
    console.log(JSON.stringify(result ?? null, (_, value) => (typeof value === "bigint" ? Number(value) : value)));
    process.exit(0);
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
