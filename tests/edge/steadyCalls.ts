/** Steady calls of clients, for tests that change something meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";

/** Repeats a call, four at a time, until it is stopped. */
export class SteadyCalls<T> {
  /** Results of the calls. */
  readonly results: T[] = [];
  /** Errors of failed calls. */
  readonly failures: string[] = [];
  private stopping = false;
  private readonly callers: Promise<void>[];

  constructor(private readonly call: () => Promise<T>) {
    this.callers = Array.from({ length: 4 }, () => this.run());
  }

  /** Stops, and waits for pending calls. */
  async stop(): Promise<this> {
    this.stopping = true;
    await Promise.all(this.callers);
    return this;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      await this.call().then(
        (result) => this.results.push(result),
        (error: Error) => this.failures.push(error.message),
      );
      await sleep(50);
    }
  }
}
