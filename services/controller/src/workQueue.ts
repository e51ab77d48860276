/** The queue of keys between watches and workers. */
import { backOff } from "../../common/backOff";
import { messageOf } from "../../common/failure";
import type { Log } from "../../common/log";

/** Options of a {@link WorkQueue}; times in milliseconds. */
export interface WorkQueueOptions {
  /** Works on one key. There is never more than one call at a time for a key. */
  work: (key: string) => Promise<void>;
  /** How many keys are worked on at a time. */
  concurrency: number;
  /** Called when the number of waiting keys changes. */
  onDepth?: (depth: number) => void;
  /** Wait after the first failure of a key; it doubles with each further one, up to `longest`. */
  shortest: number;
  longest: number;
}

/** Options of {@link retryingQueue}. */
export interface RetryingQueueOptions extends WorkQueueOptions {
  log: Log;
  /** What is said when work on a key fails. */
  failure: string;
}

/** A queue that ends a key's back-off when the work on it succeeds, and works on it again after its back-off when it fails. */
export function retryingQueue({ work, log, failure, ...options }: RetryingQueueOptions): WorkQueue {
  const queue: WorkQueue = new WorkQueue({
    ...options,
    work: async (key) => {
      try {
        await work(key);
        queue.forget(key);
      } catch (error) {
        const retryInMs = queue.addRateLimited(key);
        log.warn(failure, { key, cause: messageOf(error), retryInMs });
      }
    },
  });
  return queue;
}

/**
 * A queue of keys. Adding a key that waits already changes nothing. A key that is added while it is worked on is worked on once
 * more afterwards. Each key has its own back-off.
 */
export class WorkQueue {
  private readonly waiting = new Set<string>();
  private readonly working = new Set<string>();
  private readonly again = new Set<string>();
  private readonly timers = new Map<string, { timer: NodeJS.Timeout; due: number }>();
  private readonly failures = new Map<string, number>();
  private running = false;
  private stopped = false;
  private idle: (() => void) | undefined;

  constructor(private readonly options: WorkQueueOptions) {}

  /** Starts to work. Keys may be added before. */
  start(): void {
    this.running = true;
    this.dispatch();
  }

  /** Starts no further keys, and waits for those in work. */
  async stop(): Promise<void> {
    this.running = false;
    this.stopped = true;
    for (const key of [...this.timers.keys()]) this.cancel(key);
    if (this.working.size > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  /** Schedules a key as soon as possible. */
  add(key: string): void {
    this.cancel(key);
    if (this.working.has(key)) this.again.add(key);
    else this.waiting.add(key);
    this.dispatch();
  }

  /** Schedules a key after a wait, which replaces a wait that the key already has. */
  addAfter(key: string, wait: number): void {
    if (this.stopped) return;
    this.cancel(key);
    this.timers.set(key, { timer: setTimeout(() => this.add(key), wait), due: Date.now() + wait });
  }

  /** Schedules a key after a wait at most. Adding it again meanwhile does not delay it. */
  addWithin(key: string, wait: number): void {
    const due = this.timers.get(key)?.due ?? Infinity;
    if (!this.waiting.has(key) && due > Date.now() + wait) this.addAfter(key, wait);
  }

  /**
   * Schedules a key after its back-off, which grows until {@link forget}. Returns the wait.
   *
   * @param longest - longest wait, if other than the queue's
   */
  addRateLimited(key: string, longest = this.options.longest): number {
    const failures = (this.failures.get(key) ?? 0) + 1;
    this.failures.set(key, failures);
    const wait = backOff(failures, this.options.shortest, longest);
    // What was added while the key was worked on may be due earlier.
    this.addWithin(key, wait);
    return wait;
  }

  /** Ends a key's back-off. */
  forget(key: string): void {
    this.failures.delete(key);
  }

  private cancel(key: string): void {
    clearTimeout(this.timers.get(key)?.timer);
    this.timers.delete(key);
  }

  private dispatch(): void {
    this.options.onDepth?.(this.waiting.size);
    while (this.running && this.working.size < this.options.concurrency) {
      const [key] = this.waiting;
      if (key === undefined) return;
      this.waiting.delete(key);
      this.working.add(key);
      this.options.onDepth?.(this.waiting.size);
      void this.options.work(key).finally(() => this.done(key));
    }
  }

  private done(key: string): void {
    this.working.delete(key);
    if (this.again.delete(key)) this.add(key);
    this.dispatch();
    if (!this.running && this.working.size === 0) this.idle?.();
  }
}
