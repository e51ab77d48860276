/** How the platform's Kafka is, as metrics. */
import { leastInSync } from "../../../../model/contracts/kafka";
import { serviceAddress } from "../../../../model/contracts/names";
import { kafkaServerPorts } from "../../../../model/contracts/ports";
import { nodeNames } from "../../../../model/customResources/rollout";
import { messageOf } from "../../../common/failure";
import type { Log } from "../../../common/log";
import { rollouts } from "../kinds";
import type { KafkaFigures, Metrics } from "../metrics";
import type { SeenObjects } from "../objects";
import type { Rollout } from "../resources";
import type { KafkaServers } from "../rollouts/kafkaHealth";
import { WorkQueue } from "../workQueue";
import { isBehind, isLeaderless, type KafkaState, type PartitionState } from "./kafkaState";
import { isLeading } from "./zooKeeperMode";

/** How often Kafka is asked, in milliseconds. */
const askEvery = 30_000;

/** Options of a {@link KafkaWatch}. */
export interface KafkaWatchOptions {
  objects: SeenObjects;
  metrics: Metrics;
  log: Log;
  platformKafka: KafkaServers;
  /** In milliseconds, if other than the usual time. */
  askKafkaEvery?: number;
}

/** Asks the brokers and ZooKeepers of the platform's Rollout again and again, and exports what they say. */
export class KafkaWatch {
  readonly queue = new WorkQueue({
    work: (key) => this.look(key),
    concurrency: 1,
    shortest: askEvery,
    longest: askEvery,
  });
  private figures: KafkaFigures | undefined;
  private isSilent = false;

  constructor(private readonly options: KafkaWatchOptions) {
    options.metrics.exportKafka(() => this.figures);
  }

  /** Schedules the first question, where the Rollout has servers of Kafka. */
  wake(key: string): void {
    if (this.brokersOf(key).length > 0) this.queue.addWithin(key, 0);
  }

  private async look(key: string): Promise<void> {
    const { objects, askKafkaEvery = askEvery } = this.options;
    const rollout = objects.get(rollouts, key);
    const brokers = this.brokersOf(key);
    if (rollout === undefined || brokers.length === 0) {
      this.figures = undefined;
      return;
    }
    const [state, modes] = await Promise.all([this.state(), this.modes(rollout)]);
    this.figures = {
      brokers: {
        wanted: brokers.length,
        there: state?.brokers.size ?? 0,
        controlling: state?.brokers.has(state.controller) ? 1 : 0,
      },
      zooKeepers: {
        wanted: modes.length,
        serving: modes.filter((mode) => mode !== undefined).length,
        leading: modes.filter(isLeading).length,
      },
      ...(state && { partitions: partitionFigures(state) }),
    };
    this.queue.addAfter(key, askKafkaEvery);
  }

  private brokersOf(key: string): string[] {
    return nodeNames(this.options.objects.get(rollouts, key)?.spec.nodes ?? [], "kafka");
  }

  /** Logs the first failure only: it is asked again soon. */
  private async state(): Promise<KafkaState | undefined> {
    try {
      const state = await this.options.platformKafka.state();
      this.isSilent = false;
      return state;
    } catch (error) {
      if (!this.isSilent) this.options.log.warn("no broker of Kafka answers", { cause: messageOf(error) });
      this.isSilent = true;
      return undefined;
    }
  }

  private modes(rollout: Rollout) {
    const { namespace } = rollout.metadata;
    return Promise.all(
      nodeNames(rollout.spec.nodes, "zookeeper").map((name) =>
        this.options.platformKafka
          .mode(serviceAddress(name, namespace, kafkaServerPorts.zooKeeper))
          .catch(() => undefined),
      ),
    );
  }
}

function partitionFigures({ partitions }: KafkaState): KafkaFigures["partitions"] {
  const count = (which: (one: PartitionState) => boolean) => partitions.filter(which).length;
  return {
    all: partitions.length,
    outOfSync: count(isBehind),
    belowMinimum: count(({ replicas, inSync }) => inSync.length < leastInSync(replicas.length)),
    leaderless: count(isLeaderless),
  };
}
