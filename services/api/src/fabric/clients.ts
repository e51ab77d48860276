/** The clients of the network, one for each client identity. */
import { BlockchainClient, connect, type TransactionStore } from "@baas/client";

import { Problem } from "../http/problem";

/** Connected clients by the names of their identities. */
export class Clients {
  private constructor(private readonly clients: Map<string, BlockchainClient>) {}

  /**
   * @param identities - paths of blockchain_client.yaml by the names of identities; the first one is the default
   */
  static async connect(identities: Record<string, string>, store: TransactionStore): Promise<Clients> {
    const entries = Object.entries(identities).map(
      async ([name, path]) => [name, await connect(path, { store })] as const,
    );
    return new Clients(new Map(await Promise.all(entries)));
  }

  /** The name of the default identity. */
  get first(): string {
    return this.names[0]!;
  }

  get names(): string[] {
    return [...this.clients.keys()];
  }

  /** The client of an identity. */
  of(identity: string): BlockchainClient {
    const client = this.clients.get(identity);
    if (client) return client;
    throw new Problem(
      400,
      "INVALID_ARGUMENT",
      `There is no client identity "${identity}". There are: ${this.names.join(", ")}.`,
    );
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
  }
}
