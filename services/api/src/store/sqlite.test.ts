import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterEach, beforeEach, expect, it } from "vitest";

import { SqliteConnection } from "./sqlite";

let folder: string;
let database: DatabaseSync;
let connection: SqliteConnection;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "baas-sqlite-"));
  database = new DatabaseSync(join(folder, "test.db"));
  connection = new SqliteConnection(database);
  await run("create table t (id integer primary key, text text check (text <> 'refused'))");
});
afterEach(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});

const run = (sql: string, ...parameters: unknown[]) => connection.executeQuery<any>({ sql, parameters });
const insert = (id: number, text = "") => run("insert into t values (?, ?)", id, text);
/** What another process finds. */
const committed = (): number[] => {
  const other = new DatabaseSync(join(folder, "test.db"));
  const rows = other.prepare("select id from t order by id").all();
  other.close();
  return rows.map(({ id }) => Number(id));
};

it("has committed a statement when it resolves, together with the others of its turn", async () => {
  const first = insert(1);
  const others = [insert(2), insert(3)];
  expect(committed()).toEqual([]);
  await first;
  expect(committed()).toEqual([1, 2, 3]);
  await Promise.all(others);
  await insert(4);
  expect(committed()).toEqual([1, 2, 3, 4]);
});

it("refuses one statement without the others", async () => {
  const results = await Promise.allSettled([insert(1), insert(2, "refused"), insert(1), insert(3)]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(committed()).toEqual([1, 3]);
});

it("rejects all statements of a turn that are undone, and goes on", async () => {
  const first = insert(1);
  // As SQLite does by itself when the volume is full.
  const undone = run("insert or rollback into t values (2, 'refused')");
  const results = await Promise.allSettled([first, undone]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(committed()).toEqual([]);
  await insert(3);
  expect(committed()).toEqual([3]);
});
