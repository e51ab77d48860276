/** How the brokers of a Kafka are: which are there, who leads what, and which replicas are in sync. */
import type { Admin } from "@platformatic/kafka";

/** A partition of a topic, with the numbers of brokers. */
export interface PartitionState {
  topic: string;
  partition: number;
  /** -1 if nobody leads it. */
  leader: number;
  replicas: number[];
  inSync: number[];
}

/** Whether a replica of a partition lacks what its leader has. */
export const isBehind = ({ replicas, inSync }: PartitionState): boolean => inSync.length < replicas.length;

/** Whether no broker leads a partition. */
export const isLeaderless = ({ leader }: PartitionState): boolean => leader < 0;

/** What brokers say of themselves. */
export interface KafkaState {
  /** The brokers that are there: their numbers, and the hosts by which clients know them. */
  brokers: Map<number, string>;
  /** Where each is, for those that say so. */
  racks: Map<number, string>;
  /** Number of the broker that controls the others; -1 if none does. */
  controller: number;
  partitions: PartitionState[];
}

/** Reads the state of all topics but Kafka's own, which no network has. */
export async function kafkaState(admin: Pick<Admin, "listTopics" | "metadata">): Promise<KafkaState> {
  const { brokers, controllerId, topics } = await admin.metadata({
    topics: await admin.listTopics(),
    forceUpdate: true,
  });
  return {
    brokers: new Map([...brokers].map(([number, { host }]) => [number, host])),
    racks: new Map([...brokers].flatMap(([number, { rack }]) => (rack ? [[number, rack]] : []))),
    controller: controllerId,
    partitions: [...topics].flatMap(([topic, found]) =>
      // A topic that has been deleted meanwhile.
      (found?.partitions ?? []).map(({ leader, replicas, isr }, partition) => {
        return { topic, partition, leader, replicas, inSync: isr };
      }),
    ),
  };
}
