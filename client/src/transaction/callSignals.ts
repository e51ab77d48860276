/**
 * Signals of calls. Each call has one of its own: a signal looks through all its listeners for each one that comes or goes, so one
 * for all calls would cost each of them the more, the more there are.
 */

/** One for all: making it costs more than the rest. */
const ended = new Error("the call has ended");

/** Gives the calls of a client their signals. */
export class CallSignals {
  private readonly running = new Set<AbortController>();
  private readonly closing = new AbortController();

  /** Aborted when the client is closed. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /**
   * Runs a call.
   *
   * @param outer - the caller's signal
   * @param work - gets the call's signal, which is aborted with the caller's, by `close`, and when the work has ended: a peer
   *   whose answer counts no more holds up neither the process nor other calls
   */
  async during<T>(outer: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const call = new AbortController();
    const follow = (): void => call.abort(outer!.reason);
    if (this.closed.aborted) call.abort(this.closed.reason);
    else if (outer?.aborted) follow();
    outer?.addEventListener("abort", follow, { once: true });
    this.running.add(call);
    try {
      return await work(call.signal);
    } finally {
      this.running.delete(call);
      outer?.removeEventListener("abort", follow);
      call.abort(ended);
    }
  }

  /** Aborts all calls, those that come later, too. */
  close(reason: Error): void {
    this.closing.abort(reason);
    for (const call of this.running) call.abort(reason);
  }
}
