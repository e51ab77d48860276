/** The tables of the database. */
import type { Kysely } from "kysely";

/** A call that writes, from before it is sent until some time after its outcome is known. */
export interface SubmissionRow {
  /** The tracking ID. */
  id: string;
  /** Who made the call. */
  owner: string;
  /** Client identity that it acts as. */
  identity: string;
  channel: string;
  chaincode: string;
  function_name: string;
  /** The rest of the call, as JSON. */
  call: string;
  /** Hash of the call, by the client library. */
  fingerprint: string;
  state: "pending" | "committed" | "failed";
  /** ID of its transaction; none while there is none that may be committed. */
  tx_id: string | null;
  /** The signed transaction. */
  envelope: Uint8Array | null;
  /** Milliseconds since 1970. PostgreSQL gives integers of this size as text. */
  stored_at: number | string;
  block_number: number | string | null;
  /** Why it failed, as JSON. */
  error: string | null;
  finished_at: number | string | null;
  /** The process that works on it, and until when no other may take it over; milliseconds since 1970. */
  lease_owner: string;
  lease_until: number | string;
}

/** All tables. */
export interface Tables {
  submissions: SubmissionRow;
}

/** Creates what is missing. Later versions add columns, so that replicas of two versions work side by side. */
export async function createTables(database: Kysely<Tables>, bytes: "blob" | "bytea"): Promise<void> {
  await database.schema
    .createTable("submissions")
    .ifNotExists()
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("owner", "text", (column) => column.notNull())
    .addColumn("identity", "text", (column) => column.notNull())
    .addColumn("channel", "text", (column) => column.notNull())
    .addColumn("chaincode", "text", (column) => column.notNull())
    .addColumn("function_name", "text", (column) => column.notNull())
    .addColumn("call", "text", (column) => column.notNull())
    .addColumn("fingerprint", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("tx_id", "text")
    .addColumn("envelope", bytes as "blob")
    .addColumn("stored_at", "bigint", (column) => column.notNull())
    .addColumn("block_number", "bigint")
    .addColumn("error", "text")
    .addColumn("finished_at", "bigint")
    .addColumn("lease_owner", "text", (column) => column.notNull())
    .addColumn("lease_until", "bigint", (column) => column.notNull())
    .execute();
  const index = (name: string) => database.schema.createIndex(name).ifNotExists().on("submissions");
  await index("submissions_pending").columns(["state", "lease_until"]).execute();
  await index("submissions_finished").columns(["state", "finished_at"]).execute();
}
