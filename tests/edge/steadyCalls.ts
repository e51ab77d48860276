/** For tests in which something is exchanged while clients go on calling. */
import { setTimeout as sleep } from "node:timers/promises";

/** Calls something again and again, four at a time, until it is told to stop. */
export class SteadyCalls<T> {
  /** What the calls have returned. */
  readonly results: T[] = [];
  /** Why calls have failed. */
  readonly failures: string[] = [];
  private stopping = false;
  private readonly callers: Promise<void>[];

  constructor(private readonly call: () => Promise<T>) {
    this.callers = Array.from({ length: 4 }, () => this.run());
  }

  /** Ends when the calls that are under way have ended. */
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
