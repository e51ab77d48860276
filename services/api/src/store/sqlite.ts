/**
 * SQLite for the query builder. Statements of one turn of the event loop are committed together: a commit costs more than most
 * statements, and its cost is that of the pages it writes, which they share.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

/** Statements that are committed together. */
type Group = PromiseWithResolvers<void>;

/**
 * Opens a database. What is committed survives the process, and the machine after a sync of the log: it is written in order, and
 * SQLite syncs it before it writes to the database itself.
 */
export function sqliteDialect(path: string): Dialect {
  const database = new DatabaseSync(path);
  database.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000");
  const connection = new SqliteConnection(database);
  const noTransaction = () => Promise.reject(new Error("statements are committed one by one"));
  return {
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (tables) => new SqliteIntrospector(tables),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createDriver: () => ({
      init: async () => {},
      acquireConnection: async () => connection,
      releaseConnection: async () => {},
      beginTransaction: noTransaction,
      commitTransaction: noTransaction,
      rollbackTransaction: noTransaction,
      destroy: async () => connection.close(),
    }),
  };
}

/** The one connection. */
export class SqliteConnection implements DatabaseConnection {
  private readonly prepared = new Map<string, { statement: StatementSync; isReader: boolean }>();
  private group: Group | undefined;

  constructor(private readonly database: DatabaseSync) {}

  /** Runs a statement. One that writes is committed when this resolves, and is not when this rejects. */
  async executeQuery<R>({ sql, parameters }: Pick<CompiledQuery, "sql" | "parameters">): Promise<QueryResult<R>> {
    const isReader = /^\s*select\b/i.test(sql);
    const group = isReader ? this.group : (this.group ??= this.begin());
    let result: QueryResult<R>;
    try {
      result = this.run<R>(sql, parameters);
    } catch (error) {
      // A full volume, for example, undoes the statements before this one, too.
      if (group && !this.database.isTransaction) this.end(group, error);
      throw error;
    }
    if (!isReader) await group!.promise;
    return result;
  }

  streamQuery(): never {
    throw new Error("queries are not streamed");
  }

  close(): void {
    if (this.group) this.commit(this.group);
    this.database.close();
  }

  private run<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    const { statement, isReader } = this.statementOf(sql);
    const values = parameters as SQLInputValue[];
    if (isReader) return { rows: statement.all(...values) as R[] };
    return { rows: [], numAffectedRows: BigInt(statement.run(...values).changes) };
  }

  private statementOf(sql: string) {
    let known = this.prepared.get(sql);
    if (known === undefined) {
      const statement = this.database.prepare(sql);
      // The program has a few statements, each of which stays prepared.
      this.prepared.set(sql, (known = { statement, isReader: statement.columns().length > 0 }));
    }
    return known;
  }

  private begin(): Group {
    this.database.exec("begin immediate");
    const group = Promise.withResolvers<void>();
    // If each of its statements fails, nobody waits for it.
    group.promise.catch(() => {});
    setImmediate(() => this.group === group && this.commit(group));
    return group;
  }

  private commit(group: Group): void {
    try {
      this.database.exec("commit");
      this.end(group);
    } catch (error) {
      // First, so that nobody waits for ever where this fails, too.
      this.end(group, error);
      if (this.database.isTransaction) this.database.exec("rollback");
    }
  }

  private end(group: Group, error?: unknown): void {
    this.group = undefined;
    if (error === undefined) group.resolve();
    else group.reject(error);
  }
}
