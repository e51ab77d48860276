/** What follows from `kafka` of a platform: its servers with their names, and who they take others for. */
import { kafkaBootstrapName } from "../contracts/kafka";
import { headlessServiceName, serviceAddress, serviceHost, serviceHosts } from "../contracts/names";
import { kafkaPort, kafkaServerPorts } from "../contracts/ports";
import type { NodePlan } from "../network/networkPlan";
import type { KafkaConfig } from "../stackFile/schema";

/** A broker or a ZooKeeper. */
export interface KafkaServerPlan extends NodePlan {
  /** As the other servers know it: brokers count from 0, ZooKeepers from 1. */
  number: number;
  /** Where the other servers, and clients, reach it, without a port. */
  host: string;
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
export function planKafka(
  config: Pick<KafkaConfig, "brokers" | "zookeepers" | "storage" | "zookeeperStorage">,
  namespace: string,
  clusterDomain: string,
): KafkaPlan {
  const hostsOf = (services: readonly string[]) =>
    services.flatMap((service) => serviceHosts(service, namespace, clusterDomain));
  const server = (name: string, number: number, port: number, more: { hosts: string[]; storage: string }) => {
    const address = serviceAddress(name, namespace, port);
    const host = serviceHost(name, namespace);
    return {
      ...{ name, id: name, fqdn: `${host}.${clusterDomain}`, number, host },
      ...{ address, endpoint: address },
      ...more,
    };
  };
  return {
    brokers: numbers(config.brokers).map((i) => {
      const name = `kafka${i}`;
      const hosts = [...new Set(hostsOf([name, kafkaBootstrapName]))];
      return server(name, i, kafkaPort, { hosts, storage: config.storage });
    }),
    zooKeepers: numbers(config.zookeepers).map((i) => {
      const name = `zookeeper${i}`;
      // A ZooKeeper asks DNS what address connects, and is told a name of the pod below one of its Services.
      const ofPod = [name, headlessServiceName(name)].map((each) => `*.${each}.${namespace}.svc.${clusterDomain}`);
      const more = { hosts: [...hostsOf([name]), ...ofPod], storage: config.zookeeperStorage };
      return server(name, i + 1, kafkaServerPorts.zooKeeper, more);
    }),
  };
}

const numbers = (count: number): number[] => [...Array(count).keys()];
