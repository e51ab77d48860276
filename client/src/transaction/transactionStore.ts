/** Where signed transactions are kept before they are sent, so that none is ever lost or sent as two. */

/** A transaction that was sent, or is about to be. */
export interface StoredTransaction {
  /** The caller's idempotency key, or the ID of the first transaction of the call. */
  key: string;
  /** Whether the key is the caller's. */
  hasIdempotencyKey: boolean;
  /** Hash of what was called: a key belongs to one call. */
  fingerprint: string;
  channel: string;
  chaincode: string;
  functionName: string;
  txID: string;
  /** The transaction with its signature: a serialized `gateway.PreparedTransaction`. */
  transaction: Uint8Array;
  /** Milliseconds since 1970. */
  storedAt: number;
  /** Of a transaction that is committed and valid. */
  committed?: { blockNumber: bigint };
}

/**
 * Keeps transactions. A store that other processes share must save atomically: of two that save at once, one wins, and both get
 * the winner's transaction.
 */
export interface TransactionStore {
  /** The transaction of a key. */
  load(key: string): Promise<StoredTransaction | undefined>;
  /**
   * Saves a transaction under its key, if the key's present transaction is the one to replace. Resolves when it would survive
   * what the store is meant to survive.
   *
   * @param transaction - what to save
   * @param replaces - ID of the key's present transaction; none where there must be none
   * @returns the key's transaction after that
   */
  save(transaction: StoredTransaction, replaces?: string): Promise<StoredTransaction>;
  /**
   * Forgets a key whose transaction can no longer be committed, or nobody will ask for.
   *
   * @param key - its key
   * @param txID - does nothing if the key has another transaction by now
   */
  remove(key: string, txID: string): Promise<void>;
  /** The transactions whose outcome is not known. */
  pending(): Promise<StoredTransaction[]>;
}

/** How long transactions are remembered. */
export interface Retention {
  /** Milliseconds for which a committed transaction with an idempotency key is remembered; by default a day. */
  maxAge?: number;
  /** Number of transactions; by default 100,000. The oldest go first, and all that are committed before one whose outcome is unknown. */
  maxCount?: number;
}

const day = 24 * 3_600_000;

/**
 * Keeps transactions in memory, as long as the process lives. This is the default.
 *
 * @example
 * ```js
 * import { connect, MemoryStore } from "@baas/client";
 *
 * const anHour = 3_600_000;
 * const client = await connect("blockchain_client.yaml", { store: new MemoryStore({ maxAge: anHour }) });
 * client.close();
 * ```
 */
export class MemoryStore implements TransactionStore {
  private readonly entries = new Map<string, StoredTransaction>();
  private readonly committed = new Map<string, number>();
  private readonly maxAge: number;
  private readonly maxCount: number;

  /**
   * @param retention - how long transactions are remembered
   * @param onForgotten - called with the key of each that is not
   */
  constructor(
    { maxAge = day, maxCount = 100_000 }: Retention = {},
    private readonly onForgotten: (key: string) => void = () => {},
  ) {
    this.maxAge = maxAge;
    this.maxCount = maxCount;
  }

  async load(key: string): Promise<StoredTransaction | undefined> {
    return this.entries.get(key);
  }

  async save(transaction: StoredTransaction, replaces?: string): Promise<StoredTransaction> {
    const present = this.entries.get(transaction.key);
    if (present?.txID !== replaces) return present ?? transaction;
    this.entries.set(transaction.key, transaction);
    if (transaction.committed) this.committed.set(transaction.key, transaction.storedAt);
    this.forgetOld();
    return transaction;
  }

  async remove(key: string, txID: string): Promise<void> {
    if (this.entries.get(key)?.txID !== txID) return;
    this.entries.delete(key);
    this.committed.delete(key);
  }

  async pending(): Promise<StoredTransaction[]> {
    return [...this.entries.values()].filter(({ committed }) => committed === undefined);
  }

  private forgetOld(): void {
    const oldest = Date.now() - this.maxAge;
    const areTooMany = () => this.entries.size > this.maxCount;
    for (const [key, storedAt] of this.committed) {
      if (!areTooMany() && storedAt >= oldest) break;
      this.forget(key);
    }
    for (const key of this.entries.keys()) {
      if (!areTooMany()) return;
      this.forget(key);
    }
  }

  private forget(key: string): void {
    this.committed.delete(key);
    this.entries.delete(key);
    this.onForgotten(key);
  }
}
