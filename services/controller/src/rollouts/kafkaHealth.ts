/** The gate before each restart of the platform's nodes: ZooKeepers follow their leader, and all replicas of all topics are in sync. */
import { serviceAddress, serviceHost } from "../../../../model/contracts/names";
import { kafkaServerPorts } from "../../../../model/contracts/ports";
import { nodeNames } from "../../../../model/customResources/rollout";
import { messageOf } from "../../../common/failure";
import { resulting, settled } from "../failures";
import { isBehind, isLeaderless, type KafkaState, type PartitionState } from "../kafka/kafkaState";
import { isLeading, type ZooKeeperMode } from "../kafka/zooKeeperMode";
import { Halt, ready, soon } from "../reconciler";
import type { Rollout } from "../resources";
import type { Gate, Health } from "./gate";

/** What the platform's Kafka tells the controller. */
export interface KafkaServers {
  /** @throws {@link Halt} when no broker answers */
  state(): Promise<KafkaState>;
  /**
   * The part of a ZooKeeper among the others; undefined while it does not serve.
   *
   * @param address - host and port
   */
  mode(address: string): Promise<ZooKeeperMode | undefined>;
}

/** Asks brokers and ZooKeepers themselves. */
export class KafkaHealth implements Gate {
  constructor(private readonly servers: KafkaServers) {}

  async look({ metadata: { namespace }, spec: { nodes } }: Rollout): Promise<Health> {
    const [zooKeepers, brokers] = [nodeNames(nodes, "zookeeper"), nodeNames(nodes, "kafka")];
    const leaders = new Set<string>();
    const leads = (node: string): number => (leaders.has(node) ? 1 : 0);
    if (zooKeepers.length + brokers.length === 0) return { leads };
    const result = await resulting(async () => {
      const looks = [
        this.checkZooKeepers(zooKeepers, namespace, leaders),
        this.checkBrokers(brokers, namespace, leaders),
      ];
      // Who leads is told whatever is wrong elsewhere.
      const [failure] = settled(await Promise.allSettled(looks)).failures;
      if (failure !== undefined) throw failure;
      return ready("InSync", "all ZooKeepers follow their leader, and all replicas are in sync");
    });
    return { leads, ...(!result.ready && { problem: result.message }) };
  }

  /** All must serve, which a follower does when it has what its leader has. Adds the one that leads to `leaders`. */
  private async checkZooKeepers(names: readonly string[], namespace: string, leaders: Set<string>): Promise<void> {
    const modes = names.map(async (name) => {
      const mode = await this.mode(name, namespace);
      if (isLeading(mode)) leaders.add(name);
      return mode;
    });
    const { values, failures } = settled(await Promise.allSettled(modes));
    if (failures.length > 0) throw failures[0];
    const late = names.filter((_, index) => values[index] === undefined);
    if (late.length > 0) throw behind(`ZooKeeper ${late[0]} does not serve yet.`);
    if (!names.some((name) => leaders.has(name))) throw behind("No ZooKeeper leads the others yet.");
  }

  private mode(name: string, namespace: string): Promise<ZooKeeperMode | undefined> {
    return this.servers.mode(serviceAddress(name, namespace, kafkaServerPorts.zooKeeper)).catch((error: unknown) => {
      if (error instanceof Halt) throw error;
      throw behind(`ZooKeeper ${name} does not answer: ${messageOf(error)}.`);
    });
  }

  /** All must be there, and have all that they keep. Adds the one that controls the others to `leaders`. */
  private async checkBrokers(names: readonly string[], namespace: string, leaders: Set<string>): Promise<void> {
    const { brokers, controller, partitions } = await this.servers.state();
    const nameOf = (number: number): string =>
      names.find((name) => serviceHost(name, namespace) === brokers.get(number)) ?? `broker ${number}`;
    if (brokers.has(controller)) leaders.add(nameOf(controller));
    const there = [...brokers.keys()].map(nameOf);
    const away = names.filter((name) => !there.includes(name));
    if (away.length > 0) throw behind(`Kafka has not taken in ${away.join(", ")} yet.`);
    const [headless] = partitions.filter(isLeaderless);
    if (headless !== undefined) throw behind(`No broker leads ${partitionText(headless)} yet.`);
    const late = partitions.filter(isBehind);
    const [first] = late;
    if (first !== undefined) {
      const lagging = first.replicas.filter((number) => !first.inSync.includes(number)).map(nameOf);
      throw behind(
        `${late.length} of ${partitions.length} partitions are not in sync yet: ${partitionText(first)} on ` +
          `${lagging.join(", ")}${late.length > 1 ? ", and others" : ""}.`,
      );
    }
    if (!brokers.has(controller)) throw behind("No broker controls the others yet.");
  }
}

const partitionText = ({ topic, partition }: PartitionState): string => `partition ${partition} of topic ${topic}`;

const behind = (message: string): Halt => new Halt(soon("Rolling", message));
