/** Bounds the calls under way: further ones wait for their turn, and too many of those are refused. */

/** Why a call got no turn. */
export type NoTurn = "full" | "late" | "aborted" | "closed";

interface Waiting {
  go(): void;
  refuse(reason: NoTurn): void;
}

/** Numbers of running and waiting calls, for those who watch. */
export interface LimiterEvents {
  inFlight(change: 1 | -1): void;
  queued(change: 1 | -1): void;
}

/** Gives turns in the order of arrival. */
export class Limiter {
  private running = 0;
  private readonly queue = new Set<Waiting>();

  constructor(
    private limits: { maxInFlight: number; maxQueued: number },
    private readonly events: LimiterEvents,
  ) {}

  /** Runs work when it is its turn; `onNoTurn` makes the error where it gets none. */
  async run<T>(
    work: () => Promise<T>,
    { deadline, signal, onNoTurn }: { deadline: number; signal?: AbortSignal; onNoTurn(reason: NoTurn): Error },
  ): Promise<T> {
    const reason = await this.turn(deadline, signal);
    if (reason !== undefined) throw onNoTurn(reason);
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Other limits; calls under way keep their turn. */
  update(limits: { maxInFlight: number; maxQueued: number }): void {
    this.limits = limits;
    this.fill();
  }

  /** Refuses those who wait. */
  close(): void {
    for (const waiting of this.queue) waiting.refuse("closed");
  }

  private async turn(deadline: number, signal?: AbortSignal): Promise<NoTurn | undefined> {
    if (signal?.aborted) return "aborted";
    if (this.running < this.limits.maxInFlight) {
      this.enter();
      return undefined;
    }
    if (this.queue.size >= this.limits.maxQueued) return "full";
    return new Promise((resolve) => {
      const end = (reason?: NoTurn): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        this.queue.delete(waiting);
        this.events.queued(-1);
        resolve(reason);
      };
      const waiting: Waiting = { go: () => end(), refuse: end };
      const abort = (): void => end("aborted");
      const timer = setTimeout(() => end("late"), deadline - Date.now());
      signal?.addEventListener("abort", abort, { once: true });
      this.queue.add(waiting);
      this.events.queued(1);
    });
  }

  private enter(): void {
    this.running++;
    this.events.inFlight(1);
  }

  private leave(): void {
    this.running--;
    this.events.inFlight(-1);
    this.fill();
  }

  private fill(): void {
    for (const waiting of this.queue) {
      if (this.running >= this.limits.maxInFlight) return;
      this.enter();
      waiting.go();
    }
  }
}
