/**
 * Keeps calls that write, each with its signed transaction. The client library asks for what is stored by the tracking ID,
 * which is the library's idempotency key.
 *
 * Every change is one statement that names what it expects, so two processes that work on one call never make two transactions
 * of it. A lease only keeps them from doing so needlessly.
 */
import { isDeepStrictEqual } from "node:util";

import type { StoredTransaction, TransactionStore } from "@baas/client";
import { type Kysely, type Selectable, sql } from "kysely";

import { Problem } from "../http/problem";
import type { Database } from "./database";
import { PreparedQuery } from "./preparedQuery";
import type { SubmissionRow, Tables } from "./tables";

/** What a caller asks for, beside the function. */
export interface CallContent {
  arguments: (string | { base64: string })[];
  transient?: Record<string, string | { base64: string }>;
  endorsingOrganizations?: string[];
}

/** A call that this process works on. */
export interface Submission {
  id: string;
  owner: string;
  identity: string;
  channel: string;
  chaincode: string;
  functionName: string;
  content: CallContent;
}

/** A call at work. */
interface Working {
  submission: Submission;
  /** Whether it was stored by this process or another one before; otherwise, a caller has just made it. */
  isTakenOver: boolean;
  /** Whether nothing can be stored of it yet. */
  isNew: boolean;
  /** Of a call that was new: its last transaction. */
  newTxID?: string;
  /** Called when it is stored with its transaction. */
  onStored: () => void;
}

/** A call as it is stored. */
export type StoredSubmission = Selectable<SubmissionRow>;

/** Calls that one statement names: databases take some 30,000 parameters. */
const atOnce = 1000;

/** What differs between new rows. */
type NewRow = Pick<
  SubmissionRow,
  | ("id" | "owner" | "identity" | "channel" | "chaincode" | "function_name" | "call" | "fingerprint")
  | ("tx_id" | "envelope" | "stored_at")
>;

/** The store of one process. */
export class SubmissionStore implements TransactionStore {
  private readonly tables: Kysely<Tables>;
  private readonly working = new Map<string, Working>();
  private readonly insertMade: PreparedQuery<NewRow, { id: string }>;
  private readonly insertTakenOver: PreparedQuery<NewRow, { id: string }>;
  private readonly commitQuery: PreparedQuery<{ key: string; txID: string; block: string; now: number }, unknown>;

  /**
   * @param name - of this process, unlike that of any other
   * @param leaseTime - milliseconds for which a process has a call for itself, unless it says that it lives
   */
  constructor(
    private readonly database: Database,
    private readonly name: string,
    private readonly leaseTime: number,
  ) {
    const tables = (this.tables = database.tables);
    this.insertMade = this.insertQuery(false);
    this.insertTakenOver = this.insertQuery(true);
    this.commitQuery = new PreparedQuery(tables, (parameter) =>
      tables
        .updateTable("submissions")
        .set({ state: "committed", block_number: parameter("block"), finished_at: parameter("now") })
        .where("id", "=", parameter("key"))
        .where("tx_id", "=", parameter("txID")),
    );
  }

  /**
   * Says what a call is before the library works on it.
   *
   * @returns ends that
   * @throws Problem 422 if another call with its key is at work in this process
   */
  during(working: Working): () => void {
    const { id } = working.submission;
    const present = this.working.get(id)?.submission;
    if (present !== undefined && !isDeepStrictEqual(present, working.submission)) throw keyOfAnother(present);
    this.working.set(id, working);
    return () => void (this.working.get(id) === working && this.working.delete(id));
  }

  async load(key: string): Promise<StoredTransaction | undefined> {
    if (this.working.get(key)?.isNew) return undefined;
    return this.stored(key);
  }

  async save(transaction: StoredTransaction, replaces?: string): Promise<StoredTransaction> {
    const { key, txID, committed } = transaction;
    if (committed) {
      await this.commitQuery.run({ key, txID, block: String(committed.blockNumber), now: Date.now() });
      return transaction;
    }
    const working = this.working.get(key);
    if (working?.isNew || working?.newTxID !== undefined) working.newTxID = txID;
    const isSaved = replaces === undefined ? await this.insert(transaction) : await this.replace(transaction, replaces);
    if (isSaved) {
      await this.synced(key, txID);
      working?.onStored();
      return transaction;
    }
    const stored = await this.stored(key);
    if (stored !== undefined) return stored;
    // What is not stored is not sent.
    throw new Error("another request with the same idempotency key is at work on it, or has reported that it failed");
  }

  /** Nothing of the call will be committed, as far as it has come. */
  async remove(key: string, txID: string): Promise<void> {
    await this.tables
      .updateTable("submissions")
      .set({ tx_id: null, envelope: null })
      .where("id", "=", key)
      .where("tx_id", "=", txID)
      .where("state", "=", "pending")
      .execute();
  }

  async pending(): Promise<StoredTransaction[]> {
    return [];
  }

  /** A call by its tracking ID. */
  find(id: string): Promise<StoredSubmission | undefined> {
    return this.tables.selectFrom("submissions").selectAll().where("id", "=", id).executeTakeFirst();
  }

  /**
   * Ends a call of which nothing will be committed.
   *
   * @param txID - its last transaction, where only this process has had the call, and may have failed to remove it
   */
  async fail(id: string, error: object, txID?: string): Promise<void> {
    const failed = await this.tables
      .updateTable("submissions")
      .set({ state: "failed", error: JSON.stringify(error), finished_at: Date.now(), tx_id: null, envelope: null })
      .where("id", "=", id)
      .where("state", "=", "pending")
      .where((is) =>
        is.or([
          is("tx_id", "is", null),
          ...(txID === undefined ? [] : [is.and([is("tx_id", "=", txID), is("lease_owner", "=", this.name)])]),
        ]),
      )
      .returning("id")
      .execute();
    // Whoever hears that it failed may make another call in its place, so nobody goes on with it, whatever happens.
    if (failed.length > 0) await this.database.synced();
  }

  /** The transaction that was last stored, or perhaps stored, of a call at work which nobody else can know of. */
  lastOfNew(id: string): string | undefined {
    return this.working.get(id)?.newTxID;
  }

  /**
   * Keeps the calls at work for this process. Others whose end it could not store are taken over, and looked at again.
   */
  async renewLeases(): Promise<void> {
    const ids = [...this.working.keys()];
    for (let i = 0; i < ids.length; i += atOnce)
      await this.setLeases(this.until(this.leaseTime), ids.slice(i, i + atOnce));
  }

  /**
   * Leaves a call whose outcome is not known to any process, this one among them.
   *
   * @param time - milliseconds after which it may be taken over
   */
  async leave(id: string, time: number): Promise<void> {
    await this.tables
      .updateTable("submissions")
      .set({ lease_owner: "", lease_until: this.until(time) })
      .where("id", "=", id)
      .where("lease_owner", "=", this.name)
      .where("state", "=", "pending")
      .execute();
  }

  /** Leaves the calls of this process to others. */
  async giveUpLeases(): Promise<void> {
    await this.setLeases(sql<number>`0`);
  }

  /**
   * Takes over calls whose process is gone.
   *
   * @param ofAnyProcess - also those whose lease is not over; for a database that only this process uses
   */
  takeOver(limit: number, ofAnyProcess = false): Promise<StoredSubmission[]> {
    const abandoned = sql<boolean>`state = 'pending' and ${
      ofAnyProcess && this.database.isOwn ? sql`lease_owner <> ${this.name}` : sql`lease_until < ${this.until(0)}`
    }`;
    const some = this.tables.selectFrom("submissions").select("id").where(abandoned).limit(limit);
    return (
      this.tables
        .updateTable("submissions")
        .set({ lease_owner: this.name, lease_until: this.until(this.leaseTime) })
        .where("id", "in", some)
        // PostgreSQL looks at this again when another replica was faster.
        .where(abandoned)
        .returningAll()
        .execute()
    );
  }

  /** Forgets calls whose outcome has been known for some time. */
  async forgetOld(maxAge: number): Promise<void> {
    await this.tables
      .deleteFrom("submissions")
      .where("state", "in", ["committed", "failed"])
      .where("finished_at", "<", Date.now() - maxAge)
      .execute();
  }

  /** Whether the database answers. */
  async check(): Promise<void> {
    await this.tables.selectFrom("submissions").select("id").limit(1).execute();
    await this.database.synced();
  }

  close(): Promise<void> {
    return this.tables.destroy();
  }

  /** Waits until a transaction is on disk. One that may not be there is not sent, now or later. */
  private async synced(key: string, txID: string): Promise<void> {
    try {
      await this.database.synced();
    } catch (error) {
      await this.remove(key, txID).catch(() => {});
      throw error;
    }
  }

  private async insert(transaction: StoredTransaction): Promise<boolean> {
    const { key, txID, fingerprint, storedAt } = transaction;
    const working = this.working.get(key);
    if (working === undefined) throw new Error(`no call ${key} is at work`);
    const { owner, identity, channel, chaincode, functionName, content } = working.submission;
    const saved = await (working.isTakenOver ? this.insertTakenOver : this.insertMade).run({
      ...{ id: key, owner, identity, channel, chaincode, function_name: functionName },
      call: JSON.stringify(content),
      ...{ fingerprint, tx_id: txID, envelope: Buffer.from(transaction.transaction), stored_at: storedAt },
    });
    working.isNew = false;
    return saved.length > 0;
  }

  private insertQuery(isTakenOver: boolean): PreparedQuery<NewRow, { id: string }> {
    return new PreparedQuery(this.tables, (parameter) => {
      const fresh = {
        ...{ owner: parameter("owner"), identity: parameter("identity"), channel: parameter("channel") },
        ...{ chaincode: parameter("chaincode"), function_name: parameter("function_name"), call: parameter("call") },
        ...{ fingerprint: parameter("fingerprint"), tx_id: parameter("tx_id"), envelope: parameter("envelope") },
        ...{ state: "pending" as const, stored_at: parameter("stored_at") },
        ...{ block_number: null, error: null, finished_at: null },
        ...{ lease_owner: this.name, lease_until: this.until(this.leaseTime) },
      };
      return this.tables
        .insertInto("submissions")
        .values({ id: parameter("id"), ...fresh })
        .onConflict((conflict) =>
          conflict
            .column("id")
            .doUpdateSet(fresh)
            .where((is) =>
              is.or([
                // The key of a call that failed is free for another one, but nobody goes on with what was reported as failed.
                ...(isTakenOver ? [] : [is("submissions.state", "=", "failed")]),
                is.and([
                  is("submissions.state", "=", "pending"),
                  is("submissions.tx_id", "is", null),
                  is("submissions.fingerprint", "=", parameter("fingerprint")),
                  is("submissions.identity", "=", parameter("identity")),
                ]),
              ]),
            ),
        )
        .returning("id");
    });
  }

  private async replace({ key, txID, transaction }: StoredTransaction, replaces: string): Promise<boolean> {
    const saved = await this.tables
      .updateTable("submissions")
      .set({ tx_id: txID, envelope: Buffer.from(transaction) })
      .where("id", "=", key)
      .where("tx_id", "=", replaces)
      .where("state", "=", "pending")
      .returning("id")
      .execute();
    return saved.length > 0;
  }

  private async stored(key: string): Promise<StoredTransaction | undefined> {
    const row = await this.find(key);
    if (row?.envelope == null || row.tx_id === null || row.state === "failed") return undefined;
    const { channel, chaincode, function_name: functionName, tx_id: txID } = row;
    // As another client identity, it is another call.
    const isOther = this.working.get(key)?.submission.identity !== row.identity;
    const fingerprint = isOther ? `${row.fingerprint} as ${row.identity}` : row.fingerprint;
    return {
      ...{ key, hasIdempotencyKey: true, fingerprint, channel, chaincode, functionName, txID },
      transaction: row.envelope,
      storedAt: Number(row.stored_at),
      ...(row.state === "committed" && { committed: { blockNumber: BigInt(row.block_number!) } }),
    };
  }

  private async setLeases(until: ReturnType<typeof sql<number>>, ids?: readonly string[]): Promise<void> {
    const own = this.tables
      .updateTable("submissions")
      .set({ lease_until: until })
      .where("lease_owner", "=", this.name)
      .where("state", "=", "pending");
    await (ids === undefined ? own : own.where("id", "in", ids)).execute();
  }

  /** A time by the database's clock: those of replicas may differ. */
  private until(milliseconds: number): ReturnType<typeof sql<number>> {
    return this.database.isOwn
      ? sql<number>`(cast(unixepoch('subsec') * 1000 as integer) + ${milliseconds})`
      : sql<number>`(cast(extract(epoch from clock_timestamp()) * 1000 as bigint) + ${milliseconds}::bigint)`;
  }
}

function keyOfAnother({ functionName }: Submission): Problem {
  const detail = `The idempotency key was used for another call, of ${functionName}; nothing was sent. Use a new key for each call.`;
  return new Problem(422, "IDEMPOTENCY", detail);
}
