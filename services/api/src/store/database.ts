/** Opens the database: SQLite for one replica, PostgreSQL for any number. */
import { closeSync, fsyncSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

import { Kysely, PostgresDialect, SqliteDialect } from "kysely";
import { Pool } from "pg";

import type { Log } from "../../../common/log";
import type { StoreSettings } from "../settings";
import { SharedSync } from "./sharedSync";
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
  const dialect = isOwn ? new SqliteDialect({ database: openSqlite(settings.path) }) : postgres(settings, log);
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

/**
 * Node's SQLite, in the form that the query builder takes. What is committed survives the process, and the machine after
 * `synced`: the log is written in order, and SQLite syncs it before it writes to the database itself.
 */
function openSqlite(path: string) {
  const database = new DatabaseSync(path);
  database.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000");
  const prepared = new Map<string, StatementSync>();
  const statementOf = (sql: string): StatementSync => {
    let statement = prepared.get(sql);
    // The program has a few statements, each of which stays prepared.
    if (statement === undefined) prepared.set(sql, (statement = database.prepare(sql)));
    return statement;
  };
  return {
    close: () => database.close(),
    prepare: (sql: string) => {
      const statement = statementOf(sql);
      const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
        run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
      };
    },
  };
}
