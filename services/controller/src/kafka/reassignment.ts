/** Moves replicas between brokers, by the requests that the library has for it but no method. */
import {
  alterPartitionReassignmentsV0,
  type BaseOptions,
  type Broker,
  Connection,
  listPartitionReassignmentsV0,
} from "@platformatic/kafka";

import type { Move } from "./spread";

/** In milliseconds. */
const timeout = 10_000;

/** Asks the broker that controls the others: any other one refuses. */
export class Reassignment {
  constructor(
    private readonly options: BaseOptions,
    private readonly controller: Pick<Broker, "host" | "port">,
  ) {}

  /** Names of the topics whose replicas are being moved. */
  async moving(): Promise<string[]> {
    const { topics } = await this.during((connection) =>
      listPartitionReassignmentsV0.api.async(connection, timeout, null),
    );
    return topics.map(({ name }) => name).sort();
  }

  /** Begins moves. Kafka goes on with them by itself, whatever becomes of the one who has asked. */
  async move(moves: readonly Move[]): Promise<void> {
    const topics = [...new Set(moves.map(({ topic }) => topic))].map((name) => ({
      name,
      partitions: moves
        .filter(({ topic }) => topic === name)
        .map(({ partition, replicas }) => ({ partitionIndex: partition, replicas })),
    }));
    await this.during((connection) => alterPartitionReassignmentsV0.api.async(connection, timeout, false, topics));
  }

  private async during<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = new Connection(this.options.clientId, this.options);
    try {
      await connection.connect(this.controller.host, this.controller.port);
      return await work(connection);
    } finally {
      await connection.close().catch(() => undefined);
    }
  }
}
