import { readdirSync, writeFileSync } from "node:fs";

import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { TestOrganization } from "../testing/testOrganization.ts";
import { FileStore } from "./fileStore.ts";
import { MemoryStore, type TransactionStore } from "./transactionStore.ts";

let organization: TestOrganization;
beforeEach(async () => {
  organization = await TestOrganization.start();
});
afterEach(() => organization.close());

const key = { idempotencyKey: "order 1" };
const submitted = (): string[] => organization.peers.flatMap((peer) => peer.submitted);
const applied = (): number => organization.ledger.applied.get("a1") ?? 0;

describe.each<[string, () => TransactionStore]>([
  ["memory", () => new MemoryStore()],
  ["files", () => new FileStore(organization.path("store"))],
])("with transactions in %s, calls with one idempotency key", (_, newStore) => {
  it("are one call, also at the same time", async () => {
    const client = await organization.connect({}, { store: newStore() });
    const put = () => client.submit("Put", ["a1", "bob"], key);
    const [first, second] = await Promise.all([put(), put()]);
    expect(second).toEqual(first);
    const { attempts, ...rest } = first;
    expect(await put()).toMatchObject(rest);
    expect([submitted().length, applied(), attempts]).toEqual([1, 1, 1]);
  });

  it("but another function or other arguments are refused, and nothing is sent", async () => {
    const client = await organization.connect({}, { store: newStore() });
    const other = () => client.submit("Put", ["a1", "carol"], key);
    const refusal = {
      code: "IDEMPOTENCY",
      reason: "the idempotency key was used for another call, of Put; nothing was sent",
      remedy: "Use a new key for each call.",
    };
    const running = client.submit("Put", ["a1", "bob"], key);
    await expect(other()).rejects.toMatchObject(refusal);
    const { txID } = await running;
    await expect(other()).rejects.toMatchObject({ ...refusal, txID });
    expect(submitted()).toEqual([txID]);
  });

  it("run again after a failure that wrote nothing", async () => {
    const client = await organization.connect({}, { store: newStore() });
    organization.ledger.nextCodes.push(4);
    await expect(client.submit("Put", ["a1", "bob"], key)).rejects.toMatchObject({ code: "INVALID_TRANSACTION" });
    expect(await client.submit("Put", ["a1", "bob"], key)).toMatchObject({ attempts: 1 });
    expect(applied()).toBe(1);
  });

  it("run again after a conflict and a refusal, and keep nothing of the transaction that was invalid", async () => {
    const store = newStore();
    const client = await organization.connect({}, { store });
    const refusal = {
      code: status.ABORTED,
      details: [{ address: "", mspId: "", message: "chaincode response 500, no" }],
    };
    organization.ledger.nextCodes.push(11);
    organization.peers.forEach(
      (peer) => (peer.faultFor = (method) => (method === "endorse" && submitted().length > 0 ? refusal : undefined)),
    );
    await expect(client.submit("Put", ["a1", "bob"], key)).rejects.toMatchObject({ code: "CHAINCODE" });
    expect(await store.pending()).toEqual([]);
    organization.peers.forEach((peer) => (peer.faultFor = () => undefined));
    expect(await client.submit("Put", ["a1", "carol"], key)).toMatchObject({ attempts: 1 });
  });

  it("settle the first transaction when its outcome was not known, and make no other one", async () => {
    const client = await organization.connect({}, { store: newStore() });
    for (const peer of organization.peers) peer.faults.commitStatus.push({ code: status.PERMISSION_DENIED });
    const error = await client.submit("Put", ["a1", "bob"], key).catch((reason) => reason);
    expect(error).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    organization.peers.forEach((peer) => (peer.faults.commitStatus.length = 0));
    expect(await client.submit("Put", ["a1", "bob"], key)).toMatchObject({ txID: error.txID });
    expect(new Set(submitted())).toEqual(new Set([error.txID]));
    expect(applied()).toBe(1);
  });
});

describe("transactions in files", () => {
  const store = (): FileStore => new FileStore(organization.path("store"));
  const files = (): string[] => readdirSync(organization.path("store"));

  it("are there before they are sent, and gone when nobody needs them", async () => {
    const client = await organization.connect({}, { store: store() });
    organization.ledger.batchTime = 100;
    const handle = await client.submitAsync("Put", ["a1", "bob"]);
    expect(files()).toHaveLength(1);
    expect(await store().pending()).toMatchObject([{ txID: handle.txID, functionName: "Put" }]);
    await handle.wait();
    expect(files()).toEqual([]);
  });

  it("that a process left are settled by the next one: sent again, if they were never ordered", async () => {
    for (const peer of organization.peers) peer.constantFault = { code: status.UNAVAILABLE };
    const first = await organization.connect({}, { store: store() });
    for (const peer of organization.peers) peer.faults.endorse.push({ code: status.UNAVAILABLE });
    organization.peers.forEach((peer) => (peer.constantFault = undefined));
    organization.ledger.toLose = 2;
    const handles = [await first.submitAsync("Put", ["a1", "bob"], key), await first.submitAsync("Put", ["a2", "bob"])];
    first.close();
    await Promise.allSettled(handles.map((handle) => handle.wait()));
    expect(organization.ledger.blocks).toHaveLength(1);

    const second = await organization.connect({ timeouts: { commitStatus: 200 } }, { store: store() });
    const resumed = await second.resume();
    expect(resumed.map(({ status: found }) => [found!.txID, found!.isValid])).toEqual(
      expect.arrayContaining(handles.map(({ txID }) => [txID, true])),
    );
    expect([applied(), organization.ledger.applied.get("a2")]).toEqual([1, 1]);
    // The one with a key is remembered.
    expect(files()).toHaveLength(1);
    expect(await second.submit("Put", ["a1", "bob"], key)).toMatchObject({ txID: handles[0]!.txID });
    expect(await second.resume()).toEqual([]);
  });

  it("that cannot be written are not sent", async () => {
    const client = await organization.connect({}, { store: store() });
    await client.submit("Put", ["a0", "bob"]);
    const full: TransactionStore = Object.assign(new MemoryStore(), {
      save: async () => {
        throw new Error("ENOSPC: no space left on device, write");
      },
    });
    const other = await organization.connect({}, { store: full });
    await expect(other.submit("Put", ["a1", "bob"])).rejects.toMatchObject({
      code: "STORE",
      stage: "endorse",
      reason: "the transaction could not be stored, so it was not sent: ENOSPC: no space left on device, write",
      isOutcomeUnknown: false,
    });
    expect(submitted()).toHaveLength(1);
  });

  it("that were half written were not sent, and go", async () => {
    const first = store();
    writeFileSync(organization.path("store/abc.json.new"), '{ "key":');
    expect(await first.pending()).toEqual([]);
    expect(files()).toEqual([]);
  });

  it("are not guessed where a file is none", async () => {
    const first = store();
    writeFileSync(organization.path("store/abc.json"), "hello");
    await expect(first.pending()).rejects.toMatchObject({
      code: "STORE",
      message: expect.stringMatching(
        /abc\.json is not a stored transaction: .* Name another folder, or move this file away/,
      ),
    });
  });

  it("of another process with the same key win, if they were first", async () => {
    const shared = new MemoryStore();
    const clients = [
      await organization.connect({}, { store: shared }),
      await organization.connect({}, { store: shared }),
    ];
    const [first, second] = await Promise.all(clients.map((client) => client.submit("Put", ["a1", "bob"], key)));
    expect(second!.txID).toBe(first!.txID);
    expect(new Set(submitted()).size).toBe(1);
    expect(applied()).toBe(1);
  });
});

describe("transactions that are remembered", () => {
  const stored = (name: string, ageMs = 0, isCommitted = true) => ({
    ...{
      key: name,
      txID: name,
      hasIdempotencyKey: true,
      fingerprint: "",
      channel: "",
      chaincode: "",
      functionName: "",
    },
    ...{ transaction: Buffer.alloc(0), storedAt: Date.now() - ageMs },
    ...(isCommitted && { committed: { blockNumber: 1n } }),
  });
  const known = async (store: TransactionStore) => {
    const all = await Promise.all(["a", "b", "c", "d"].map((name) => store.load(name)));
    return all.flatMap((each) => (each ? [each.key] : []));
  };

  it("are so many, the newest ones, and rather those whose outcome is unknown", async () => {
    const store = new MemoryStore({ maxCount: 2 });
    for (const name of ["a", "b", "c"]) await store.save(stored(name));
    expect(await known(store)).toEqual(["b", "c"]);
    await store.save(stored("d", 0, false));
    await store.save(stored("a", 0, false));
    expect(await known(store)).toEqual(["a", "d"]);
    await store.save(stored("b", 0, false));
    expect(await known(store)).toEqual(["a", "b"]);
  });

  it("leave no file behind in a folder, also when it is opened anew", async () => {
    const folder = organization.path("retention");
    const store = new FileStore(folder, { maxCount: 3 });
    for (const name of ["a", "b", "c", "d"]) await store.save(stored(name, name === "d" ? 0 : 60_000));
    await store.save(stored("a", 0, false));
    expect([await known(store), readdirSync(folder).length]).toEqual([["a", "c", "d"], 3]);
    const later = new FileStore(folder, { maxAge: 30_000 });
    expect(await known(later)).toEqual(["a", "d"]);
    await later.save(stored("b"));
    expect(readdirSync(folder)).toHaveLength(3);
  });
});
