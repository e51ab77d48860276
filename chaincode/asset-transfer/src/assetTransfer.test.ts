import { beforeEach, describe, expect, test, vi } from "vitest";

import type { AssetPage } from "./asset";
import { AssetTransfer } from "./assetTransfer";
import { LedgerDouble } from "./testing/ledgerDouble";

// Every decorator logs what it does.
vi.hoisted(() => (process.env.CORE_CHAINCODE_LOGGING_LEVEL = "WARNING"));

const contract = new AssetTransfer();
let ledger: LedgerDouble;

beforeEach(() => {
  ledger = new LedgerDouble();
});

const create = (id: string, owner = "Ada", description = "a boat", value = 100) =>
  ledger.submit((ctx) => contract.CreateAsset(ctx, id, owner, description, value));
const read = (id: string) => ledger.evaluate((ctx) => contract.ReadAsset(ctx, id));
const update = (id: string, description: string, value: number) =>
  ledger.submit((ctx) => contract.UpdateAsset(ctx, id, description, value));
const transfer = (id: string, newOwner: string) => ledger.submit((ctx) => contract.TransferAsset(ctx, id, newOwner));
const remove = (id: string) => ledger.submit((ctx) => contract.DeleteAsset(ctx, id));
const exists = (id: string) => ledger.evaluate((ctx) => contract.AssetExists(ctx, id));
const history = (id: string) => ledger.evaluate((ctx) => contract.GetAssetHistory(ctx, id));
const range = (start: string, end: string, pageSize: number, bookmark = "") =>
  ledger.evaluate((ctx) => contract.GetAssetsByRange(ctx, start, end, pageSize, bookmark));

describe("creating", () => {
  test("answers the asset and puts it under its id, keys sorted", async () => {
    expect(await create("a1")).toEqual({ id: "a1", owner: "Ada", description: "a boat", value: 100 });
    expect(ledger.state("a1")).toBe('{"description":"a boat","id":"a1","owner":"Ada","value":100}');
  });

  test("refuses a taken id and leaves the asset as it was", async () => {
    await create("a1");
    await expect(create("a1", "Bob")).rejects.toThrow('Asset "a1" already exists');
    expect((await read("a1")).owner).toBe("Ada");
  });

  test("takes the id of a deleted asset", async () => {
    await create("a1");
    await remove("a1");
    await create("a1", "Bob");
    expect((await read("a1")).owner).toBe("Bob");
  });

  test.each([
    ["id", ["", "Ada", "", 1]],
    ["id", ["_a", "Ada", "", 1]],
    ["id", ["a b", "Ada", "", 1]],
    ["id", ["\u0000a", "Ada", "", 1]],
    ["id", ["a".repeat(65), "Ada", "", 1]],
    ["owner", ["a1", "", "", 1]],
    ["owner", ["a1", "  ", "", 1]],
    ["owner", ["a1", "A\nda", "", 1]],
    ["owner", ["a1", "A".repeat(129), "", 1]],
    ["description", ["a1", "Ada", "x".repeat(1025), 1]],
    ["value", ["a1", "Ada", "", -1]],
    ["value", ["a1", "Ada", "", 1.5]],
    ["value", ["a1", "Ada", "", NaN]],
    ["value", ["a1", "Ada", "", Number.MAX_SAFE_INTEGER + 1]],
  ] as [string, Parameters<typeof create>][])("names a bad %s: %j", async (argument, args) => {
    await expect(create(...args)).rejects.toThrow(`Argument "${argument}" must`);
    expect(ledger.state("a1")).toBe("");
  });

  test("says what was wrong with an argument, shortened if long", async () => {
    await expect(create("a1", "Ada", "", 1.5)).rejects.toThrow(
      'Argument "value" must be a whole number from 0 to 9007199254740991; got 1.5',
    );
    await expect(create("a1", "Ada", "", NaN)).rejects.toThrow(/; got no number$/);
    await expect(create("a1", "A".repeat(500))).rejects.toThrow(/got "A{80}…"$/);
  });
});

test("reading what is not there says so", async () => {
  await expect(read("a1")).rejects.toThrow('Asset "a1" does not exist');
  await expect(read("")).rejects.toThrow('Argument "id" must');
});

describe("updating", () => {
  test("changes description and value, and nothing else", async () => {
    await create("a1");
    const updated = { id: "a1", owner: "Ada", description: "a ship", value: 250 };
    expect(await update("a1", "a ship", 250)).toEqual(updated);
    expect(await read("a1")).toEqual(updated);
  });

  test("refuses a missing asset and bad arguments", async () => {
    await expect(update("a1", "a ship", 1)).rejects.toThrow('Asset "a1" does not exist');
    await create("a1");
    await expect(update("a1", "a\u0007ship", 1)).rejects.toThrow('Argument "description" must');
    await expect(update("a1", "a ship", -1)).rejects.toThrow('Argument "value" must');
    expect((await read("a1")).description).toBe("a boat");
  });
});

describe("transferring", () => {
  test("changes the owner and nothing else", async () => {
    await create("a1");
    expect(await transfer("a1", "Bob")).toEqual({ id: "a1", owner: "Bob", description: "a boat", value: 100 });
    expect((await read("a1")).owner).toBe("Bob");
  });

  test("may be repeated by a client that lost the answer", async () => {
    await create("a1");
    await transfer("a1", "Bob");
    expect((await transfer("a1", "Bob")).owner).toBe("Bob");
  });

  test("refuses a missing asset and a blank owner", async () => {
    await expect(transfer("a1", "Bob")).rejects.toThrow('Asset "a1" does not exist');
    await create("a1");
    await expect(transfer("a1", " ")).rejects.toThrow('Argument "newOwner" must');
  });
});

test("deleting removes the asset, once", async () => {
  await create("a1");
  await remove("a1");
  expect(await exists("a1")).toBe(false);
  await expect(remove("a1")).rejects.toThrow('Asset "a1" does not exist');
});

test("an asset exists from its creation to its deletion", async () => {
  expect(await exists("a1")).toBe(false);
  await create("a1");
  expect(await exists("a1")).toBe(true);
  await expect(exists("a/1")).rejects.toThrow('Argument "id" must');
});

describe("moving value", () => {
  const move = (from: string, to: string, amount: number) =>
    ledger.submit((ctx) => contract.MoveValue(ctx, from, to, amount));
  const values = async () => [(await read("a1")).value, (await read("a2")).value];

  beforeEach(async () => {
    await create("a1", "Ada", "a boat", 100);
    await create("a2", "Bob", "a car", 50);
  });

  test("takes from one asset what it gives to another one", async () => {
    await move("a1", "a2", 100);
    expect(await values()).toEqual([0, 150]);
    expect(await read("a1")).toEqual({ id: "a1", owner: "Ada", description: "a boat", value: 0 });
  });

  test.each<[string, [string, string, number], string]>([
    ["more than there is", ["a1", "a2", 101], 'Asset "a1" is worth 100, less than 101'],
    ["to itself", ["a1", "a1", 1], 'Argument "toId" must not be that of "fromId"; got "a1"'],
    ["nothing", ["a1", "a2", 0], 'Argument "amount" must be a whole number from 1 to 9007199254740991; got 0'],
    ["from an asset that is not there", ["a3", "a2", 1], 'Asset "a3" does not exist'],
    ["to an asset that is not there", ["a1", "a3", 1], 'Asset "a3" does not exist'],
  ])("refuses to move %s, and writes nothing", async (_, args, message) => {
    await expect(move(...args)).rejects.toThrow(message);
    expect(await values()).toEqual([100, 50]);
  });
});

describe("history", () => {
  test("tells every change, the latest first, through a deletion", async () => {
    await create("a1");
    await transfer("a1", "Bob");
    await remove("a1");
    const asset = { id: "a1", owner: "Ada", description: "a boat", value: 100 };
    expect(await history("a1")).toEqual([
      { txId: "tx3", timestamp: "1970-01-01T00:00:03.000Z", deleted: true },
      { txId: "tx2", timestamp: "1970-01-01T00:00:02.000Z", deleted: false, asset: { ...asset, owner: "Bob" } },
      { txId: "tx1", timestamp: "1970-01-01T00:00:01.000Z", deleted: false, asset },
    ]);
  });

  test("refuses an asset that never was", async () => {
    await expect(history("a1")).rejects.toThrow('Asset "a1" does not exist and never did');
    await expect(history("")).rejects.toThrow('Argument "id" must');
  });
});

describe("ranges", () => {
  const ids = (page: AssetPage) => page.assets.map((asset) => asset.id);

  beforeEach(async () => {
    for (const id of ["a3", "b1", "a1", "a2", "c1"]) await create(id);
  });

  test("include the start, exclude the end, in order", async () => {
    expect(ids(await range("a2", "b1", 10))).toEqual(["a2", "a3"]);
    expect(ids(await range("", "a3", 10))).toEqual(["a1", "a2"]);
    expect(ids(await range("b", "", 10))).toEqual(["b1", "c1"]);
  });

  test("come in pages that follow each other by the bookmark, until it is empty", async () => {
    const pages: string[][] = [];
    let bookmark = "";
    do {
      const page = await range("", "", 2, bookmark);
      pages.push(ids(page));
      ({ bookmark } = page);
    } while (bookmark);
    expect(pages).toEqual([["a1", "a2"], ["a3", "b1"], ["c1"]]);
  });

  test("leave deleted assets out, and may be empty", async () => {
    await remove("a2");
    expect(ids(await range("a", "b", 10))).toEqual(["a1", "a3"]);
    expect(await range("x", "y", 10)).toEqual({ assets: [], bookmark: "" });
  });

  test.each([
    ["pageSize", ["", "", 0]],
    ["pageSize", ["", "", 1001]],
    ["pageSize", ["", "", NaN]],
    ["startKey", ["b", "a", 10]],
    ["startKey", ["\u0000", "", 10]],
    ["endKey", ["", "\u0000", 10]],
    ["bookmark", ["", "", 10, "\u0000"]],
  ] as [string, Parameters<typeof range>][])("refuse a bad %s: %j", async (argument, args) => {
    await expect(range(...args)).rejects.toThrow(`Argument "${argument}" must`);
  });
});
