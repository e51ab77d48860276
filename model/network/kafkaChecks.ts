/** Rules of networks with ordering type kafka, and of the Kafka of a platform. */
import { compareVersions, orderingTypeVersions } from "../../fabric/src/config/capabilities";
import { fabricVersions } from "../files/versions";
import { listed } from "../messageText";
import type { Finding } from "../stackFile/findings";
import type { EnvironmentConfig, NetworkConfig, PlatformConfig } from "../stackFile/schema";
import type { KafkaService } from "./kafkaService";

/**
 * Checks what a network says of Kafka.
 *
 * @param root - path of the network in its file, such as `baas:network`
 */
export function checkKafkaOrdering(root: string, { ordering, fabricVersion }: NetworkConfig): Finding[] {
  const place = `${root}.ordering`;
  if (ordering.type !== "kafka") {
    return (["systemChannel", "kafkaSecret"] as const)
      .filter((key) => ordering[key] !== undefined)
      .map((key) => ({
        path: `${place}.${key}`,
        message: `is for type kafka, and the type is ${ordering.type}: leave it out`,
      }));
  }
  const found: Finding[] = [];
  if (ordering.systemChannel === undefined) {
    const message =
      "is missing: with type kafka a network needs a system channel, with a name that no channel on the same Kafka has, such as " +
      "<network>-system";
    found.push({ path: `${place}.systemChannel`, message });
  }
  const until = orderingTypeVersions.kafka!.until!;
  if (compareVersions(fabricVersion, until) >= 0) {
    const older = fabricVersions.filter((version) => compareVersions(version, until) < 0);
    const message =
      `"kafka" is not in Fabric ${until} and newer, and ${root}.fabricVersion is ${fabricVersion}: use etcdraft, or for Kafka ` +
      `fabricVersion ${listed(older.map((version) => `"${version}"`))}`;
    found.push({ path: `${place}.type`, message });
  }
  return found;
}

/**
 * Checks a network with ordering type kafka against the Kafka of its environment.
 *
 * @param platform - file of the environment's platform
 * @param service - what that has; undefined if there is no Kafka
 */
export function checkKafkaService(
  root: string,
  { ordering, environment }: NetworkConfig,
  platform: string,
  service: KafkaService | undefined,
): Finding[] {
  if (ordering.type !== "kafka") return [];
  const place = `${root}.ordering`;
  if (service === undefined) {
    const message =
      `"kafka" needs a Kafka, and the platform of environment "${environment}" has none: write "kafka: {}" in ${platform}, or ` +
      "use etcdraft";
    return [{ path: `${place}.type`, message }];
  }
  if ((service.external === undefined) === (ordering.kafkaSecret === undefined)) return [];
  const message =
    service.external === undefined
      ? `is for a Kafka of yours, and ${platform} has one of the platform's own, which knows orderers by their certificates: leave it out`
      : `is missing: ${platform} names a Kafka of yours, at which the orderers log in with a Secret of this network`;
  return [{ path: `${place}.kafkaSecret`, message }];
}

/** Warns of a network that gets no topics because the Kafka of its environment does not run. */
export function kafkaServiceWarnings(root: string, platform: string, service: KafkaService | undefined): Finding[] {
  if (service === undefined || service.enabled) return [];
  const message =
    `"kafka" waits for the Kafka of the platform, which ${platform} names but leaves off: write enabled: true there, and apply it ` +
    "before this network";
  return [{ path: `${root}.ordering.type`, message }];
}

/**
 * Checks the Kafka of a platform.
 *
 * @param root - path of the platform in its file, such as `baas:platform`
 */
export function checkKafka(
  root: string,
  { environment, kafka, externalKafka }: PlatformConfig,
  { purpose }: EnvironmentConfig,
): { errors: Finding[]; warnings: Finding[] } {
  if (kafka === undefined) return { errors: [], warnings: [] };
  const path = `${root}.kafka.zookeepers`;
  const count = kafka.zookeepers;
  const both = "is one that the platform runs, and externalKafka is one of yours: leave one of them out";
  const few = `is ${count}, and environment "${environment}" is for production: fewer than 3 ZooKeepers survive no loss. Write zookeepers: 3, or 5`;
  const even =
    `${count} ZooKeepers survive the loss of ${Math.floor((count - 1) / 2)}, no more than ${count - 1} ` +
    `${count === 2 ? "does" : "do"}: use an odd number`;
  return {
    errors: [
      ...(externalKafka === undefined ? [] : [{ path: `${root}.kafka`, message: both }]),
      ...(purpose === "production" && count < 3 ? [{ path, message: few }] : []),
    ],
    warnings: count % 2 === 0 ? [{ path, message: even }] : [],
  };
}

/**
 * Checks the Kafka of a platform against the networks of its environment that order on it: it is not taken away from them.
 *
 * @param root - path of the platform in its file, such as `baas:platform`
 * @param networks - those with ordering type kafka: their files, and whether their orderers log in with a Secret
 */
export function checkNetworksOnKafka(
  root: string,
  { kafka, externalKafka }: Pick<PlatformConfig, "kafka" | "externalKafka">,
  networks: readonly { file: string; logsIn?: boolean }[],
): Finding[] {
  const filesOf = (those: readonly { file: string }[]): string => those.map(({ file }) => file).join(", ");
  if (kafka === undefined && externalKafka === undefined) {
    const message =
      `is missing, and networks of this environment order on it: ${filesOf(networks)}. Write "kafka: {}", or first destroy those ` +
      "networks and remove their files";
    return networks.length === 0 ? [] : [{ path: `${root}.kafka`, message }];
  }
  const isExternal = externalKafka !== undefined;
  const others = networks.filter(({ logsIn = false }) => logsIn !== isExternal);
  if (others.length === 0) return [];
  const message = isExternal
    ? `is a Kafka of yours, and networks of this environment have no ordering.kafkaSecret to log in there: ${filesOf(others)}. ` +
      "Write it there if they are new: a network stays on the Kafka that it began with"
    : `is the platform's own, and networks of this environment log in at a Kafka of yours: ${filesOf(others)}. ` +
      "Leave out their ordering.kafkaSecret if they are new: a network stays on the Kafka that it began with";
  return [{ path: `${root}.${isExternal ? "externalKafka" : "kafka"}`, message }];
}
