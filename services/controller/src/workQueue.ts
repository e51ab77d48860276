/** The queue of keys between watches and those who work on objects. */
import { backOff } from "../../common/backOff";

/** Options of a {@link WorkQueue}; times in milliseconds. */
export interface WorkQueueOptions {
  /** Works on one key. It is never called twice at a time for one key. */
  work: (key: string) => Promise<void>;
  /** How many keys are worked on at a time. */
  concurrency: number;
  /** Called when the number of waiting keys changes. */
  onDepth?: (depth: number) => void;
  /** Wait after the first failure of a key; it doubles with each further one, up to `longest`. */
  shortest: number;
  longest: number;
}

/**
 * A queue of keys. Adding a key that waits already changes nothing; adding one that is being worked on has it worked on once
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

  /** Takes no more keys up, and waits for those being worked on. */
  async stop(): Promise<void> {
    this.running = false;
    this.stopped = true;
    for (const key of [...this.timers.keys()]) this.cancel(key);
    if (this.working.size > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  /** Has a key worked on as soon as possible. */
  add(key: string): void {
    this.cancel(key);
    if (this.working.has(key)) this.again.add(key);
    else this.waiting.add(key);
    this.dispatch();
  }

  /** Has a key worked on after a wait, unless it is added earlier. */
  addAfter(key: string, wait: number): void {
    if (this.stopped) return;
    this.cancel(key);
    this.timers.set(key, { timer: setTimeout(() => this.add(key), wait), due: Date.now() + wait });
  }

  /** Has a key worked on after a wait at most: however often it is added meanwhile, it is not put off. */
  addWithin(key: string, wait: number): void {
    const due = this.timers.get(key)?.due ?? Infinity;
    if (!this.waiting.has(key) && due > Date.now() + wait) this.addAfter(key, wait);
  }

  /**
   * Has a key worked on after its back-off, which grows until {@link forget}. Returns the wait.
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
