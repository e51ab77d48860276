/** A peer's ledger, for tests of contracts. */
import { Context } from "fabric-contract-api";

type Stub = Context["stub"];
type Write = { key: string; value?: Uint8Array };
type Change = { txId: string; time: number; value?: Uint8Array };

/**
 * A ledger in memory, as far as the contract can see one: a transaction reads what was committed before it, its writes
 * are committed together if it succeeds, and ranges, pages and histories are those of a peer on LevelDB.
 */
export class LedgerDouble {
  private readonly changes = new Map<string, Change[]>();
  private height = 0;

  /** Runs a transaction and commits its writes, or throws and commits none. */
  async submit<T>(transaction: (ctx: Context) => Promise<T>): Promise<T> {
    const txId = `tx${this.height + 1}`;
    const writes: Write[] = [];
    const result = await transaction(this.context(writes));
    this.height++;
    for (const { key, value } of writes) {
      this.changes.set(key, [...(this.changes.get(key) ?? []), { txId, time: this.height, value }]);
    }
    return result;
  }

  /** Runs a query; a write is an error. */
  async evaluate<T>(query: (ctx: Context) => Promise<T>): Promise<T> {
    const writes: Write[] = [];
    const result = await query(this.context(writes));
    if (writes.length > 0) throw new Error(`a query wrote ${writes.map((write) => write.key)}`);
    return result;
  }

  /** The committed bytes under a key, as text; empty if there are none. */
  state(key: string): string {
    return Buffer.from(this.get(key)).toString();
  }

  private get(key: string): Uint8Array {
    return this.changes.get(key)?.at(-1)?.value ?? new Uint8Array();
  }

  private context(writes: Write[]): Context {
    const stub: Partial<Stub> = {
      getState: async (key) => this.get(key),
      putState: async (key, value) => void writes.push({ key, value }),
      deleteState: async (key) => void writes.push({ key }),
      getHistoryForKey: (key) => iterable(this.history(key), (iterator) => iterator),
      getStateByRangeWithPagination: (start, end, pageSize, bookmark) => {
        const keys = [...this.changes.keys()]
          .filter((key) => key >= (bookmark || start) && (end === "" || key < end) && this.get(key).length > 0)
          .sort();
        const page = keys.slice(0, pageSize).map((key) => ({ namespace: "", key, value: this.get(key) }));
        const metadata = { fetchedRecordsCount: page.length, bookmark: keys[pageSize] ?? "" };
        return iterable(page, (iterator) => ({ iterator, metadata }));
      },
    };
    return Object.assign(new Context(), { stub: stub as Stub });
  }

  private history(key: string) {
    return (this.changes.get(key) ?? []).toReversed().map(({ txId, time, value }) => ({
      txId,
      isDelete: value === undefined,
      value: value ?? new Uint8Array(),
      // A second and a nanosecond for each transaction; seconds as the shim delivers them, not as it declares them.
      timestamp: { seconds: time as never, nanos: time },
    }));
  }
}

/** What the shim answers queries with: a promise of an iterator that can be iterated itself. */
function iterable<T, R>(items: readonly T[], response: (iterator: any) => R): Promise<R> & AsyncIterable<T> {
  const iterator = items.values();
  return Object.assign(Promise.resolve(response(iterator)), {
    [Symbol.asyncIterator]: () => ({ next: async () => iterator.next() }),
  });
}
