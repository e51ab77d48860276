/** A transaction that was submitted and is not waited for: its ID, its state, and how to wait for it. */
import { ClientError } from "../errors.ts";
import type { Committed } from "./submission.ts";

/** What is known of a submitted transaction. */
export type SubmittedStatus =
  /** It was sent; what became of it is not known yet. */
  | { state: "pending"; txID: string }
  | { state: "committed"; txID: string; blockNumber: bigint }
  /** It failed: `error.isOutcomeUnknown` says whether it may still be committed. */
  | { state: "failed"; txID: string; error: ClientError };

/**
 * A transaction that was sent. The client goes on with it, whether or not anybody waits.
 *
 * @example
 * ```js
 * const transaction = await client.submitAsync("TransferAsset", ["asset1", "bob"]);
 * console.log(transaction.txID === transaction.status().txID); // true
 * await transaction.wait({ signal: AbortSignal.timeout(30_000) });
 * console.log(transaction.status().state); // committed
 * ```
 */
export class SubmittedTransaction {
  private known: SubmittedStatus | undefined;

  /** @internal */
  constructor(
    private readonly latest: () => { txID: string; result: Buffer },
    private readonly outcome: Promise<Committed>,
  ) {
    outcome.then(
      ({ txID, blockNumber }) => (this.known = { state: "committed", txID, blockNumber }),
      (error: ClientError) => (this.known = { state: "failed", txID: this.txID, error }),
    );
  }

  /** ID of the transaction. It is another one after a conflict, when the call runs again. */
  get txID(): string {
    return this.latest().txID;
  }

  /** What the chaincode answered when it was endorsed. It counts when the transaction is committed. */
  get result(): Buffer {
    return this.latest().result;
  }

  /** What is known at the moment, without asking anybody. */
  status(): SubmittedStatus {
    return this.known ?? { state: "pending", txID: this.txID };
  }

  /**
   * Waits until the transaction is committed.
   *
   * @param options - a signal that ends the waiting; the client goes on with the transaction
   * @throws ClientError as {@link BlockchainClient.submit} does; `ABORTED` when the signal ends the waiting
   */
  async wait({ signal }: { signal?: AbortSignal } = {}): Promise<Committed> {
    if (signal === undefined) return this.outcome;
    let abort = (): void => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(this.waitedEnough(signal.reason));
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
    });
    return Promise.race([this.outcome, aborted]).finally(() => signal.removeEventListener("abort", abort));
  }

  private waitedEnough(cause: unknown): ClientError {
    const reason = "the waiting was aborted; the client goes on with the transaction";
    return new ClientError({ code: "ABORTED", stage: "commit status", txID: this.txID, reason, cause });
  }
}
