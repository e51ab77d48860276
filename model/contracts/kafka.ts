/** What networks and the platform agree on about the Kafka that networks share: names, replicas, and the rules of topics. */

import { cryptoDir, nodeFiles } from "./enrolment";

/** Folder of what an orderer's enrolment with the platform's CA `kafka` leaves. */
export const kafkaCryptoDir = `${cryptoDir}/kafka`;

/** Paths of the files with which an orderer speaks to the platform's Kafka. */
export const kafkaFiles = {
  certificate: `${kafkaCryptoDir}/${nodeFiles.tlsCertificate}`,
  key: `${kafkaCryptoDir}/${nodeFiles.tlsKey}`,
  root: `${kafkaCryptoDir}/${nodeFiles.tlsRoot}`,
};

/** Name of the Service that leads to any broker of a platform. Channels name it, and never a single broker. */
export const kafkaBootstrapName = "kafka-bootstrap";

/** Replicas of each topic. One broker more lets topics be made while one is away. */
export const topicReplicas = 3;

/** Replicas that must have a message before it is acknowledged. */
export const topicReplicasInSync = 2;

/** Brokers that a Kafka has at least. */
export const leastBrokers = topicReplicas + 1;

/** Name of the consortium in each system channel: the organizations that its network's channels may have. */
export const consortiumName = "Network";

/** Longest name of a topic. Source: Kafka, org.apache.kafka.common.internals.Topic. Fabric's longest channel ID is the same. */
export const topicNameLength = 249;

/** The name that metrics of a topic have. Kafka makes no two topics for which it is the same. */
export function topicMetricName(topic: string): string {
  return topic.replaceAll(".", "_");
}
