/** The Kafka of an environment as its networks see it, derived from the platform's stack file. */
import { kafkaBootstrapName } from "../contracts/kafka";
import { serviceAddress } from "../contracts/names";
import { kafkaPort } from "../contracts/ports";
import type { PlatformConfig } from "../stackFile/schema";

/** A Kafka that networks share. */
export interface KafkaService {
  /** Host and port of what leads to its brokers. */
  bootstrap: string[];
  /** Whether its servers run, as far as the file of the platform says. */
  enabled: boolean;
  /** Absent for the Kafka that the platform runs. */
  external?: {
    /** Certificates (PEM) of the CAs that sign the brokers' certificates. */
    rootCertificates: string;
  };
}

/** The Kafka of a platform; undefined if it has none. */
export function kafkaServiceOf({
  namespace,
  kafka,
  externalKafka,
}: Pick<PlatformConfig, "namespace" | "kafka" | "externalKafka">): KafkaService | undefined {
  if (externalKafka !== undefined) {
    const { bootstrap, rootCertificates } = externalKafka;
    return { bootstrap, enabled: true, external: { rootCertificates } };
  }
  if (kafka === undefined) return undefined;
  return { bootstrap: [serviceAddress(kafkaBootstrapName, namespace, kafkaPort)], enabled: kafka.enabled };
}
