/** What follows from `kafka` of a platform: its servers with their names. */
import { kafkaBootstrapName } from "../contracts/kafka";
import { serviceHosts } from "../contracts/names";
import type { KafkaConfig } from "../stackFile/schema";

/** A broker or a ZooKeeper. */
export interface KafkaServerPlan {
  /** Of its StatefulSet, its Service, and its Identity: `kafka0`. */
  name: string;
  /** As the other servers know it: brokers count from 0, ZooKeepers from 1. */
  id: number;
  /** Where the other servers, and clients, reach it, without a port. */
  host: string;
  /** Names that its certificate carries. */
  hosts: string[];
  /** Size of its volume. */
  storage: string;
}

/** Kafka of a platform. */
export interface KafkaPlan {
  brokers: KafkaServerPlan[];
  zooKeepers: KafkaServerPlan[];
}

/**
 * Derives the servers.
 *
 * @param namespace - of the platform
 * @param clusterDomain - DNS domain of the cluster's Services
 */
export function planKafka(settings: Omit<KafkaConfig, "quota">, namespace: string, clusterDomain: string): KafkaPlan {
  const server = (name: string, id: number, storage: string, services: readonly string[]): KafkaServerPlan => ({
    name,
    id,
    host: `${name}.${namespace}.svc`,
    hosts: [
      ...new Set([
        ...services.flatMap((service) => serviceHosts(service, namespace, clusterDomain)),
        // What DNS answers for the pod's address: ZooKeepers look up who connects.
        `${name}-0.${name}.${namespace}.svc.${clusterDomain}`,
      ]),
    ],
    storage,
  });
  const numbers = (count: number): number[] => [...Array(count).keys()];
  return {
    brokers: numbers(settings.brokers).map((i) => {
      const name = `kafka${i}`;
      return server(name, i, settings.storage, [name, kafkaBootstrapName]);
    }),
    zooKeepers: numbers(settings.zookeepers).map((i) => {
      const name = `zookeeper${i}`;
      return server(name, i + 1, settings.zookeeperStorage, [name]);
    }),
  };
}
