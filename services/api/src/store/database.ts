/** Opens the database: SQLite for one replica, PostgreSQL for any number. */
import { closeSync, fsyncSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

import { Kysely, PostgresDialect } from "kysely";
import { Pool } from "pg";

import type { Log } from "../../../common/log";
import type { StoreSettings } from "../settings";
import { SharedSync } from "./sharedSync";
import { sqliteDialect } from "./sqlite";
import { createTables, type Tables } from "./tables";

/** An open database. */
export interface Database {
  tables: Kysely<Tables>;
  /** Whether only this process uses it. */
  isOwn: boolean;
  /** Resolves when what was written before is on disk. */
  synced(): Promise<void>;
}

/** Opens the database, and creates its tables. */
export async function openDatabase(settings: StoreSettings, log: Log): Promise<Database> {
  const isOwn = settings.type === "sqlite";
  const dialect = isOwn ? sqliteDialect(settings.path) : postgres(settings, log);
  const tables = new Kysely<Tables>({ dialect });
  const create = (): Promise<void> => createTables(tables, isOwn ? "blob" : "bytea");
  // Of two replicas that create them at the same moment, PostgreSQL refuses one, also with `if not exists`.
  await create().catch(create);
  // PostgreSQL answers when it has synced.
  return { tables, isOwn, synced: isOwn ? syncOf(settings.path) : async () => {} };
}

/**
 * Syncs SQLite's write-ahead log, which is there as long as the database is open. SQLite would do so at each commit, and hold
 * the whole process up meanwhile.
 */
function syncOf(path: string): () => Promise<void> {
  const log = openSync(`${path}-wal`, "r");
  // The name of the log is on disk when its folder is.
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
  const sync = new SharedSync(() => log);
  return () => sync.done();
}

function postgres(settings: Extract<StoreSettings, { type: "postgresql" }>, log: Log): PostgresDialect {
  const pool = new Pool({
    connectionString: settings.url ?? readFileSync(settings.urlFile!, "utf8").trim(),
    max: settings.connections,
    // A database that does not answer must not hold up callers.
    connectionTimeoutMillis: 3000,
    query_timeout: 5000,
    keepAlive: true,
  });
  const broke = ({ message }: Error): void => log.warn("A connection to PostgreSQL broke", { error: message });
  pool.on("error", broke);
  // The pool listens only while nobody uses a connection, and an error that nobody listens to ends the process.
  pool.on("connect", (connection) => void connection.on("error", broke));
  return new PostgresDialect({
    pool,
    // Whatever the server's default is, what is acknowledged is on its disk.
    onCreateConnection: async (connection) => {
      await connection.executeQuery({ sql: "set synchronous_commit = on", parameters: [] } as never);
    },
  });
}
