/** The schemas of `kafka` and `externalKafka` of a platform: the Kafka that networks with ordering type kafka share. */
import { z } from "zod";

import { compareVersions } from "../../fabric/src/config/capabilities";
import { leastBrokers, topicReplicas } from "../contracts/kafka";
import { anyNumberOfBytes, byteCount, dnsLabel, rootCertificates, storage, version } from "./fields";
import { hostAndPort } from "./kubernetesFields";

const noQuota = "0 would stop every network: leave it out, for no limit";

/** Bytes that a network may send or fetch in a second. */
const byteRate = anyNumberOfBytes(noQuota).refine((rate) => byteCount(rate) > 0, { error: noQuota });

const quota = z
  .strictObject({
    produce: byteRate.optional().describe("Bytes that its orderers send together. Default: no limit."),
    fetch: byteRate
      .optional()
      .describe("Bytes that its orderers fetch together. Each fetches all that all send. Default: no limit."),
  })
  .prefault({})
  .describe("What each network may take of each broker in a second. Kafka slows down those that take more.");

/** `kafka` of a platform. */
export const kafkaSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe("Whether its servers run. With false, networks on it are checked, but get no topics. Default: true."),
  brokers: z
    .int()
    .min(
      leastBrokers,
      `topics have ${topicReplicas} replicas, and one more broker lets topics be made while one is away: write ${leastBrokers}, or more`,
    )
    .max(20)
    .default(leastBrokers)
    .describe(`Number of brokers. Default: ${leastBrokers}.`),
  zookeepers: z
    .int()
    .min(1, "Kafka needs at least one ZooKeeper")
    .max(7)
    .default(3)
    .describe("Number of ZooKeepers: an odd one, which never changes. Default: 3."),
  storage: storage.default("10Gi").describe("Volume of each broker: the logs of topics, which are kept for ever."),
  zookeeperStorage: storage.default("1Gi").describe("Volume of each ZooKeeper."),
  quota,
});

/** The last release series that runs on ZooKeeper, and speaks the protocol of Fabric's orderers. */
const lastSeries = "3.9";

/** The first that the controller can speak with. Source: @platformatic/kafka, "Supported Kafka Version". */
const firstSeries = "3.5";

/** `externalKafka` of a platform. */
export const externalKafkaSchema = z.strictObject({
  bootstrap: z
    .array(hostAndPort)
    .min(1, "the address of at least one broker is needed")
    .max(20)
    // Its channels keep them as a set.
    .refine((addresses) => new Set(addresses).size === addresses.length, { error: "each address is needed once only" })
    .describe(
      "Host and port of brokers. Channels keep them: name what stays, such as a load balancer in front of all.",
    ),
  version: version("version", /^[0-9]+\.[0-9]+(\.[0-9]+)?$/, "a version of Kafka looks like 3.9.2")
    .refine((given) => compareVersions(given, "4.0") < 0, {
      error: `Kafka 4 no longer speaks the protocol of Fabric's orderers: use ${lastSeries}, the last series that does`,
      abort: true,
    })
    .refine((given) => compareVersions(given, firstSeries) >= 0 && compareVersions(given, "3.10") < 0, {
      error: `the controller speaks with Kafka ${firstSeries} to ${lastSeries}`,
    })
    .describe(`Version of the brokers, in quotes: ${firstSeries} to ${lastSeries}.`),
  rootCertificates: rootCertificates.describe("Certificates (PEM) of the CAs that sign the brokers' certificates."),
  secret: dnsLabel("a Secret's name", 63).describe(
    "Secret of type kubernetes.io/basic-auth in the platform's namespace, with which the controller logs in by SASL PLAIN over " +
      "TLS. It must be allowed to make topics, ACLs and quotas.",
  ),
  quota,
});
