/** What networks and the platform agree on about the Kafka that networks share: names, replicas, and the rules of topics. */
import { kafkaCaName } from "./certificateAuthority";
import { nodeFiles } from "./enrolment";
import { platformCryptoDir } from "./platformCa";

const kafkaCryptoDir = platformCryptoDir(kafkaCaName);

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

/** Keys of Secrets with which clients log in at a Kafka of the user's. Source: Kubernetes, type kubernetes.io/basic-auth. */
export const kafkaLoginKeys = ["username", "password"] as const;

/** Name of a network's KafkaTenant: a network has one. */
export const kafkaTenantName = "kafka";

/** Replicas of a topic that must have a message before it is acknowledged. */
export function leastInSync(replicas: number): number {
  return Math.min(topicReplicasInSync, replicas);
}

/** Settings of the topics of channels, whatever brokers have as their defaults: all is kept, and nothing is lost unseen. */
export function topicSettings(replicas: number): Record<string, string> {
  return {
    "cleanup.policy": "delete",
    "min.insync.replicas": String(leastInSync(replicas)),
    "retention.bytes": "-1",
    "retention.ms": "-1",
    "unclean.leader.election.enable": "false",
  };
}

/** Names by which brokers call others. No namespace of a network is called so. */
const principals = { broker: "_broker", controller: "_controller" };

/** Those who may do everything: the brokers themselves, and the network controller. */
export const kafkaSuperUsers: readonly string[] = Object.values(principals);

/** The name of a network's orderers in ACLs and quotas, which all of them have: that of its namespace. */
export function kafkaUser(namespace: string): string {
  return namespace;
}

/**
 * Rules by which brokers turn the subject of a certificate into a name, the first that matches; a subject that none matches is
 * refused. The nodes of a network all have the name of its namespace.
 *
 * @param namespace - of the platform
 * @param controller - name of the network controller, as it enrols
 */
export function kafkaPrincipalRules(namespace: string, controller: string): string[] {
  const rule = (commonName: string, principal: string) => `RULE:^CN=${commonName},OU=client$/${principal}/`;
  return [
    rule(`kafka[0-9]+[.]${namespace}`, principals.broker),
    rule(`${controller}[.]${namespace}`, principals.controller),
    rule("[a-z0-9-]+[.]([a-z0-9-]+)", "$1"),
  ];
}
