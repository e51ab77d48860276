import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { jsonLog } from "../../../common/log";
import { type Database, openDatabase } from "./database";
import { type Submission, SubmissionStore } from "./submissionStore";

const folder = mkdtempSync(join(tmpdir(), "baas-store-"));
let database: Database;
let one: SubmissionStore;
let other: SubmissionStore;

beforeAll(async () => {
  database = await openDatabase({ type: "sqlite", path: join(folder, "calls.db") }, jsonLog("error"));
  // Two processes, as far as the store goes.
  [one, other] = ["one", "other"].map((name) => new SubmissionStore(database, name, 60_000)) as [
    SubmissionStore,
    SubmissionStore,
  ];
});
afterAll(async () => {
  await one.close();
  rmSync(folder, { recursive: true });
});

const submission = (id: string, identity = "app"): Submission => ({
  ...{ id, owner: "token:alice", identity, channel: "main", chaincode: "assets", functionName: "Put" },
  content: { arguments: ["key", "value"] },
});
const during = (store: SubmissionStore, its: Submission, isTakenOver = false) =>
  store.during({ submission: its, isNew: false, isTakenOver, onStored: () => {} });
const transaction = (key: string, txID: string, fingerprint = "of this call") => ({
  ...{ key, hasIdempotencyKey: true, fingerprint, channel: "main", chaincode: "assets", functionName: "Put", txID },
  ...{ transaction: Buffer.from(txID), storedAt: 1 },
});
const unsafe = "another request with the same idempotency key is at work on it, or has reported that it failed";

it("does not mix two calls of this process with one key", () => {
  const end = during(one, submission("mixed"));
  const refusal =
    "The idempotency key was used for another call, of Put; nothing was sent. Use a new key for each call.";
  const other = { ...submission("mixed"), content: { arguments: ["key", "another"] } };
  expect(() => during(one, other)).toThrow(refusal);
  expect(() => during(one, submission("mixed", "settler"))).toThrow(refusal);
  during(one, submission("mixed"))();
  end();
  during(one, other)();
});

it("gives the transaction of whoever was faster", async () => {
  during(one, submission("a"));
  during(other, submission("a"));
  expect((await one.save(transaction("a", "tx1"))).txID).toBe("tx1");
  expect((await other.save(transaction("a", "tx2"))).txID).toBe("tx1");
});

it.each([
  ["another call", "another call", "app"],
  ["the same call as another identity", "of this call", "settler"],
])("lets %s send nothing under a key whose call is between two transactions", async (id, fingerprint, identity) => {
  during(one, submission(id));
  await one.save(transaction(id, "tx1"));
  await one.remove(id, "tx1");
  during(other, submission(id, identity));
  await expect(other.save(transaction(id, "tx2", fingerprint))).rejects.toThrow(unsafe);
  expect((await one.save(transaction(id, "tx3"))).txID).toBe("tx3");
});

it("lets nobody go on with what was reported as failed, while its key is free for a new call", async () => {
  during(one, submission("b"));
  await one.save(transaction("b", "tx1"));
  await one.remove("b", "tx1");
  during(other, submission("b"), true);
  await one.fail("b", { code: "CHAINCODE" });
  await expect(other.save(transaction("b", "tx2"))).rejects.toThrow(unsafe);
  expect((await one.save(transaction("b", "tx3", "another call"))).txID).toBe("tx3");
});

it("lets nobody replace a transaction that is not the stored one any more", async () => {
  during(one, submission("c"));
  during(other, submission("c"));
  await one.save(transaction("c", "tx1"));
  await one.remove("c", "tx1");
  await expect(other.save(transaction("c", "tx2"), "tx1")).rejects.toThrow(unsafe);
});

it("keeps calls at work for its process, and leaves others to whoever looks for them", async () => {
  const hasty = new SubmissionStore(database, "hasty", 1);
  const end = during(hasty, submission("at work"));
  during(hasty, submission("ended"));
  for (const id of ["at work", "ended"]) await hasty.save(transaction(id, `tx of ${id}`));
  during(hasty, submission("ended"))();
  Object.assign(hasty, { leaseTime: 60_000 });
  await expect.poll(async () => Date.now() - Number((await hasty.find("ended"))!.lease_until)).toBeGreaterThan(0);
  await hasty.renewLeases();
  expect((await other.takeOver(10)).map(({ id }) => id)).toEqual(["ended"]);
  end();
});

it("ends a new call whose transaction could not be removed, but not one that others may know of", async () => {
  const newly = { ...submission("new") };
  one.during({ submission: newly, isNew: true, isTakenOver: false, onStored: () => {} });
  during(one, submission("known"));
  for (const id of ["new", "known"]) {
    await one.save(transaction(id, `tx of ${id}`));
    await one.fail(id, { code: "CONFLICT" }, one.lastOfNew(id));
  }
  expect(await one.find("new")).toMatchObject({ state: "failed", tx_id: null });
  expect(await one.find("known")).toMatchObject({ state: "pending", tx_id: "tx of known" });
});
