/** How many calls each client makes. */

interface Bucket {
  left: number;
  at: number;
}

/** Seconds whose calls a client may make at once, when it was quiet before. */
const saved = 10;

const mostKnown = 10_000;

/** Counts calls by client: each has a bucket that fills steadily, and takes one from it for each call. */
export class Rates {
  private readonly buckets = new Map<string, Bucket>();
  private rate = 1;
  private room = 1;
  /** Clients after which those are forgotten who have been quiet. */
  private many = mostKnown;

  /** @param now - milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @param batch - calls that come at once must find room */
  limit(callsPerSecond: number, batch: number): void {
    this.rate = callsPerSecond;
    this.room = Math.max(saved * callsPerSecond, batch);
  }

  /**
   * Takes calls of a client.
   *
   * @returns 0, or the seconds until they can be taken
   */
  take(client: string, calls: number): number {
    const now = this.now();
    const { left, at } = this.buckets.get(client) ?? { left: this.room, at: now };
    const there = Math.min(this.room, left + ((now - at) / 1000) * this.rate);
    const enough = there >= calls;
    this.buckets.set(client, { left: enough ? there - calls : there, at: now });
    if (this.buckets.size > this.many) this.forget(now);
    return enough ? 0 : Math.max(1, Math.ceil((calls - there) / this.rate));
  }

  /** Forgets those whose buckets are full again. */
  private forget(now: number): void {
    for (const [client, { left, at }] of this.buckets) {
      if (left + ((now - at) / 1000) * this.rate >= this.room) this.buckets.delete(client);
    }
    // Looking at all of them at each call would take longer than the calls.
    this.many = Math.max(mostKnown, 2 * this.buckets.size);
  }
}
