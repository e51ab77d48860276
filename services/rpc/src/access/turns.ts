/** How much of each client nodes are at work on: nobody's slow calls keep those of all others waiting. */

interface Client {
  atWork: number;
  waiting: (() => void)[];
}

/** Lets each client have so much done at a time; more of it waits, in its order. */
export class Turns {
  private readonly clients = new Map<string, Client>();

  /** @param most - of one client */
  constructor(private readonly most: number) {}

  /** What is done for a client, or waits. */
  numberOf(client: string): number {
    const { atWork, waiting } = this.clients.get(client) ?? { atWork: 0, waiting: [] };
    return atWork + waiting.length;
  }

  /** Does something for a client, when it is its turn. */
  async take<T>(client: string, work: () => Promise<T>): Promise<T> {
    const own = this.clients.get(client) ?? { atWork: 0, waiting: [] };
    this.clients.set(client, own);
    if (own.atWork < this.most) own.atWork++;
    else await new Promise<void>((resolve) => own.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = own.waiting.shift();
      if (next !== undefined) next();
      else if (--own.atWork === 0) this.clients.delete(client);
    }
  }
}
