/** The configuration of brokers, and how a pod asks its own. */
import { topicReplicas, topicReplicasInSync } from "../../model/contracts/kafka";
import { kafkaPort, kafkaServerPorts as ports } from "../../model/contracts/ports";
import type { KafkaPlan, KafkaServerPlan } from "../../model/platform/planKafka";
import type { IpFamilies } from "../../model/stackFile/clusterSchema";
import type { Size } from "../../model/stackFile/schema";
import { anyAddress } from "../kubernetes/addressFamily";
import type { PemFiles } from "./pemFiles";
import { propertiesFile } from "./properties";

/** Arguments of {@link brokerConfiguration}. */
export interface BrokerSettings {
  server: KafkaServerPlan;
  zooKeepers: KafkaPlan["zooKeepers"];
  dataDir: string;
  certificate: PemFiles;
  /** Rules that turn the distinguished name of a certificate into the name of whoever holds it, the first that matches. */
  principalRules: readonly string[];
  /** Names that may do everything: brokers and the controller. */
  superUsers: readonly string[];
  size: Size;
  ipFamilies: IpFamilies;
}

/** Largest message, in bytes: as Fabric's orderers allow. Source: Hyperledger Fabric 2.5, "Bringing up a Kafka-based Ordering Service". */
const largestMessage = 100 * 1024 * 1024;

/** How long a broker may be silent before others lead its partitions, in milliseconds. */
const sessionTimeout = 6000;

/** `server.properties` of one broker. Source of the keys: Apache Kafka 3.9, "Broker Configs". */
export function brokerConfiguration(settings: BrokerSettings): string {
  const { server, zooKeepers, dataDir, size, ipFamilies } = settings;
  return propertiesFile({
    "broker.id": server.number,
    "log.dirs": dataDir,
    // The second is for probes: nobody outside the pod reaches it, and it may do no more than say that it serves.
    listeners: `SSL://${anyAddress(ipFamilies)}:${kafkaPort},PLAINTEXT://127.0.0.1:${ports.brokerProbe}`,
    "advertised.listeners": `SSL://${server.host}:${kafkaPort}`,
    "inter.broker.listener.name": "SSL",
    ...tls(settings.certificate),
    ...access(settings),
    ...logs,
    "zookeeper.connect": zooKeepers.map(({ host }) => `${host}:${ports.zooKeeper}`).join(","),
    "zookeeper.session.timeout.ms": sessionTimeout,
    // At the first start the ZooKeepers may come up later.
    "zookeeper.connection.timeout.ms": 120_000,
    ...zooKeeperTls(settings.certificate),
    ...(size === "small" && forSmallHeaps),
  });
}

/** Threads have buffers, and the cleaner of compacted topics, which channels are not, takes 128 MB by the default. */
const forSmallHeaps = {
  "num.network.threads": 2,
  "num.io.threads": 4,
  "background.threads": 4,
  "log.cleaner.dedupe.buffer.size": 4 * 1024 * 1024,
};

function tls(certificate: PemFiles) {
  return {
    "ssl.client.auth": "required",
    "ssl.enabled.protocols": "TLSv1.3,TLSv1.2",
    ...stores("ssl", certificate),
  };
}

function zooKeeperTls(certificate: PemFiles) {
  return {
    "zookeeper.clientCnxnSocket": "org.apache.zookeeper.ClientCnxnSocketNetty",
    "zookeeper.ssl.client.enable": true,
    ...stores("zookeeper.ssl", certificate),
  };
}

function stores(prefix: string, { keyStore, trustStore }: PemFiles) {
  return {
    [`${prefix}.keystore.type`]: "PEM",
    [`${prefix}.keystore.location`]: keyStore,
    [`${prefix}.truststore.type`]: "PEM",
    [`${prefix}.truststore.location`]: trustStore,
  };
}

function access({ principalRules, superUsers }: BrokerSettings) {
  return {
    "authorizer.class.name": "kafka.security.authorizer.AclAuthorizer",
    "allow.everyone.if.no.acl.found": false,
    "super.users": superUsers.map((name) => `User:${name}`).join(";"),
    "ssl.principal.mapping.rules": principalRules.join(","),
  };
}

/** What Fabric's channels need of their topics, which are the channels. */
const logs = {
  "auto.create.topics.enable": false,
  "default.replication.factor": topicReplicas,
  "min.insync.replicas": topicReplicasInSync,
  "unclean.leader.election.enable": false,
  // Kept for ever.
  "log.retention.ms": -1,
  "log.retention.bytes": -1,
  "message.max.bytes": largestMessage,
  "replica.fetch.max.bytes": largestMessage,
  "offsets.topic.replication.factor": topicReplicas,
  "transaction.state.log.replication.factor": topicReplicas,
  "transaction.state.log.min.isr": topicReplicasInSync,
};

/**
 * The script with which a pod asks its broker, without starting Java: an ApiVersions request, which a broker answers once it has
 * joined the others and while its request handlers work.
 *
 * Source of the bytes: Apache Kafka 3.9, "Kafka Protocol Guide", ApiVersions version 0.
 */
export const brokerProbe = `{ exec 3<>/dev/tcp/127.0.0.1/${ports.brokerProbe}; } 2>/dev/null || { echo "it does not listen yet"; exit 1; }
# Length, key of ApiVersions, version, correlation ID 7, client ID "probe".
printf '\\0\\0\\0\\017\\0\\022\\0\\0\\0\\0\\0\\007\\0\\005probe' >&3
# Length, correlation ID, no error.
answer=$(head -c 10 <&3 | od -An -v -tx1 | tr -d ' \\n')
[[ \${answer:8} == 000000070000 ]]
`;

/** The command of a broker's container: its rack is its node's zone where the cluster tells pods, otherwise the node. */
export function brokerCommand(propertiesPath: string): string[] {
  const start = `exec /opt/kafka/bin/kafka-server-start.sh ${propertiesPath} --override "broker.rack=\${ZONE:-$NODE}"`;
  return ["bash", "-c", start];
}
