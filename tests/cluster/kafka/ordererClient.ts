/** A client that is to Kafka what an orderer is: a Go program with the library of Fabric's orderers, in the pod of another client. */
import { join } from "node:path";

import { ensureBuilt } from "../../../local-cluster/goModule";
import { progressTo } from "../../../local-cluster/progress";
import type { Client, KafkaCluster } from "./kafkaCluster";

const program = { name: "ordererclient", directory: join(__dirname, "go"), packages: ["."], linkerFlags: [] };

/** What came of each step: "done", or the library's error. */
export interface OrdererResults {
  metadata: string;
  produce: string;
  consume: string;
  /** Numbers of the messages that were read back, in their order. */
  messages: number[];
}

/** The versions of Kafka's protocol that Fabric has. Source: Hyperledger Fabric 2.5, orderer.yaml, `Kafka.Version`. */
export const ordererProtocols = ["0.10.2.0", "1.0.0"];

/**
 * Sends numbered messages as an orderer, and reads them back.
 *
 * @param client - in whose pod, and with whose certificate
 * @param given - the topic, a version of {@link ordererProtocols}, and how many messages
 */
export async function askAsOrderer(
  kafka: KafkaCluster,
  client: Client,
  given: { topic: string; version: string; count: number },
): Promise<OrdererResults> {
  const programs = [program.name];
  const folder = await ensureBuilt(
    { ...program, programs },
    progressTo((line) => console.log(line)),
  );
  const path = `/tmp/${program.name}`;
  await kafka.copy(client, join(folder, program.name), path);
  const options = Object.entries({ bootstrap: kafka.bootstrap, ...given });
  const { code, stdout, stderr } = await kafka.exec(
    client,
    path,
    ...options.map(([name, value]) => `-${name}=${value}`),
  );
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as OrdererResults;
}
