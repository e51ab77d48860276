/** Moves replicas once all brokers run as declared: off those that the Rollout names no more, and onto those that have few. */
import { serviceHost } from "../../../../model/contracts/names";
import { nodeNames } from "../../../../model/customResources/rollout";
import { resulting } from "../failures";
import { isBehind, type KafkaState, type PartitionState } from "../kafka/kafkaState";
import { type Move, plannedMoves } from "../kafka/spread";
import { Halt, ready, type Result, soon } from "../reconciler";
import type { Rollout } from "../resources";
import type { Afterwards } from "./gate";

/** What is asked of the brokers. */
export interface KafkaReplicas {
  /** @throws {@link Halt} when no broker answers */
  state(): Promise<KafkaState>;
  /** Names of the topics whose replicas are being moved. */
  moving(): Promise<string[]>;
  /** Begins moves, which Kafka then goes on with by itself. */
  move(moves: readonly Move[]): Promise<void>;
}

/** Of the platform's Rollout. It knows nothing: what was begun, the brokers tell. */
export class KafkaSpread implements Afterwards {
  constructor(private readonly brokers: KafkaReplicas) {}

  async afterRoll({ metadata: { namespace }, spec: { nodes } }: Rollout): Promise<Result | undefined> {
    const names = nodeNames(nodes, "kafka");
    if (names.length === 0) return undefined;
    const hosts = new Map(names.map((name) => [serviceHost(name, namespace), name] as const));
    const result = await resulting(() => this.spread(hosts));
    return result.ready ? undefined : { ...result, isNormal: true };
  }

  /** @param named - names of the brokers that stay, by their hosts */
  private async spread(named: ReadonlyMap<string, string>): Promise<Result> {
    const { brokers, racks, partitions } = await this.brokers.state();
    const staying = [...brokers].filter(([, host]) => named.has(host)).map(([number]) => number);
    if (staying.length < named.size) {
      const there = new Set(brokers.values());
      const away = [...named].filter(([host]) => !there.has(host)).map(([, name]) => name);
      throw spreading(`Kafka has not taken in ${away.join(", ")} yet.`);
    }
    const moves = plannedMoves(partitions, { staying, racks });
    const moving = moves.length > 0 || partitions.some(isBehind) ? await this.brokers.moving() : [];
    if (moving.length > 0) throw spreading(`Replicas of ${topicsText(moving)} move to other brokers.`);
    if (moves.length === 0) return ready("Spread", "every broker has its share of replicas");
    const late = partitions.find((one) => isBehindOn(one, staying));
    if (late !== undefined) throw spreading(`Replicas move next. Before that: topic ${late.topic} is not in sync yet.`);
    await this.brokers.move(moves);
    return spreading(`Moving replicas of ${topicsText(moves.map(({ topic }) => topic))} to other brokers.`).result;
  }
}

/** Whether a replica on one of these brokers is behind. That of a broker that is gone will never be in sync. */
const isBehindOn = ({ leader, replicas, inSync }: PartitionState, brokers: readonly number[]): boolean =>
  leader < 0 || replicas.some((number) => brokers.includes(number) && !inSync.includes(number));

const spreading = (message: string): Halt => new Halt(soon("Spreading", message));

/** Most topics that a message lists. */
const mostTopics = 5;

function topicsText(topics: readonly string[]): string {
  const all = [...new Set(topics)];
  const more = all.length > mostTopics ? ` and ${all.length - mostTopics} more` : "";
  return `${all.length === 1 ? "topic" : "topics"} ${all.slice(0, mostTopics).join(", ")}${more}`;
}
