/** Opens the database: SQLite for one replica, PostgreSQL for any number. */
import { readFileSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

import { Kysely, PostgresDialect, SqliteDialect } from "kysely";
import { Pool } from "pg";

import type { Log } from "../../../common/log";
import type { StoreSettings } from "../settings";
import { createTables, type Tables } from "./tables";

/** An open database. */
export interface Database {
  tables: Kysely<Tables>;
  /** Whether only this process uses it. */
  isOwn: boolean;
}

/** Opens the database, and creates its tables. */
export async function openDatabase(settings: StoreSettings, log: Log): Promise<Database> {
  const isOwn = settings.type === "sqlite";
  const dialect = isOwn ? new SqliteDialect({ database: openSqlite(settings.path) }) : postgres(settings, log);
  const tables = new Kysely<Tables>({ dialect });
  await createTables(tables, isOwn ? "blob" : "bytea");
  return { tables, isOwn };
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

/** Node's SQLite, in the form that the query builder takes. What is committed is on disk. */
function openSqlite(path: string) {
  const database = new DatabaseSync(path);
  database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000");
  return {
    close: () => database.close(),
    prepare: (sql: string) => {
      const statement = database.prepare(sql);
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
