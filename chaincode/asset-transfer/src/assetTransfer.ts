/** The contract: the chaincode's functions, which clients call by their names here. */
import { Context, Contract, Info, Param, Returns, Transaction } from "fabric-contract-api";

import { assetId, rangeBounds, text, wholeNumber } from "./arguments";
import { Asset, AssetPage, HistoryEntry } from "./asset";
import { tracked } from "./drain";
import { toSortedJson } from "./sortedJson";

/**
 * Assets on a ledger: create, describe, value and transfer them, and read their history.
 *
 * Every member of the channel may call any function. The endorsement policy decides which organizations must agree.
 * A function that fails writes nothing. Its message for people names the wrong asset or argument.
 */
// `@Transaction` stands next to the method: it lists the parameters of the signature, and the decorators above it fill
// in what the signature does not contain.
@Info({ title: "Asset transfer", description: "Assets with an owner, a value and a history", version: "1.0.0" })
export class AssetTransfer extends Contract {
  constructor() {
    super("AssetTransfer");
  }

  /** Puts a new asset on the ledger. Fails if the id exists. */
  @Param("id", "string", "Letters, digits, '.', '_', ':' and '-', starting with a letter or digit; 64 at most")
  @Param("owner", "string", "Who owns the asset; 128 characters at most")
  @Param("description", "string", "What the asset is, may be empty; 1024 characters at most")
  @Param("value", "number", "What the asset is worth, a whole number in the smallest unit of its currency")
  @Returns(Asset.name)
  @Transaction()
  async CreateAsset(ctx: Context, id: string, owner: string, description: string, value: number): Promise<Asset> {
    const asset: Asset = {
      id: assetId("id", id),
      owner: text("owner", owner, 1, 128),
      description: text("description", description, 0, 1024),
      value: wholeNumber("value", value, 0, Number.MAX_SAFE_INTEGER),
    };
    if (await find(ctx, id)) throw new Error(`Asset "${id}" already exists`);
    return await store(ctx, asset);
  }

  /** The asset as it is now. Fails if there is none. */
  @Param("id", "string", "The asset's id")
  @Returns(Asset.name)
  @Transaction(false)
  async ReadAsset(ctx: Context, id: string): Promise<Asset> {
    return await read(ctx, id);
  }

  /** Changes an asset's description and value; its owner stays. Fails if there is none. */
  @Param("id", "string", "The asset's id")
  @Param("description", "string", "What the asset is, may be empty; 1024 characters at most")
  @Param("value", "number", "What the asset is worth, a whole number in the smallest unit of its currency")
  @Returns(Asset.name)
  @Transaction()
  async UpdateAsset(ctx: Context, id: string, description: string, value: number): Promise<Asset> {
    const changes = {
      description: text("description", description, 0, 1024),
      value: wholeNumber("value", value, 0, Number.MAX_SAFE_INTEGER),
    };
    return await store(ctx, { ...(await read(ctx, id)), ...changes });
  }

  /** Hands an asset to a new owner. Fails if there is none. A transfer to its present owner is allowed. */
  @Param("id", "string", "The asset's id")
  @Param("newOwner", "string", "Who owns the asset from now on; 128 characters at most")
  @Returns(Asset.name)
  @Transaction()
  async TransferAsset(ctx: Context, id: string, newOwner: string): Promise<Asset> {
    const owner = text("newOwner", newOwner, 1, 128);
    return await store(ctx, { ...(await read(ctx, id)), owner });
  }

  /** Moves value from one asset to another, as between two accounts. Fails if one of them is missing, or the first has too little. */
  @Param("fromId", "string", "The id of the asset that gets less worth")
  @Param("toId", "string", "The id of the asset that gets more worth, another one")
  @Param("amount", "number", "How much, a whole number in the smallest unit of their currency, 1 at least")
  @Transaction()
  async MoveValue(ctx: Context, fromId: string, toId: string, amount: number): Promise<void> {
    wholeNumber("amount", amount, 1, Number.MAX_SAFE_INTEGER);
    const from = await read(ctx, fromId);
    const to = await read(ctx, toId);
    // A transaction reads what was there before it: the second write would undo the first one.
    if (fromId === toId) throw new Error(`Argument "toId" must not be that of "fromId"; got "${toId}"`);
    if (from.value < amount) throw new Error(`Asset "${fromId}" is worth ${from.value}, less than ${amount}`);
    const value = wholeNumber("amount", to.value + amount, 0, Number.MAX_SAFE_INTEGER);
    await store(ctx, { ...from, value: from.value - amount });
    await store(ctx, { ...to, value });
  }

  /** Deletes an asset from the ledger's state; its history stays. Fails if there is none. */
  @Param("id", "string", "The asset's id")
  @Transaction()
  async DeleteAsset(ctx: Context, id: string): Promise<void> {
    await read(ctx, id);
    await ctx.stub.deleteState(id);
  }

  /** Whether there is an asset of this id now. */
  @Param("id", "string", "The asset's id")
  @Returns("boolean")
  @Transaction(false)
  async AssetExists(ctx: Context, id: string): Promise<boolean> {
    return (await find(ctx, assetId("id", id))) !== undefined;
  }

  /**
   * Every committed change of an asset, the latest first, deletions included.
   * Fails if there never was such an asset, and on a peer whose history database is switched off.
   */
  @Param("id", "string", "The asset's id")
  @Returns(`${HistoryEntry.name}[]`)
  @Transaction(false)
  async GetAssetHistory(ctx: Context, id: string): Promise<HistoryEntry[]> {
    const history: HistoryEntry[] = [];
    for await (const change of ctx.stub.getHistoryForKey(assetId("id", id))) {
      const { seconds, nanos } = change.timestamp;
      history.push({
        txId: change.txId,
        // The shim declares a Long here and delivers a number.
        timestamp: new Date(Number(seconds.toString()) * 1000 + Math.floor(nanos / 1e6)).toISOString(),
        deleted: change.isDelete,
        ...(change.isDelete ? {} : { asset: parse(change.value) }),
      });
    }
    if (history.length === 0) throw new Error(`Asset "${id}" does not exist and never did`);
    return history;
  }

  /**
   * One page of the assets whose ids lie between two keys, in the order of their ids.
   * The next page takes the same keys and the bookmark that came with this one; the last page's bookmark is empty.
   * For queries only: Fabric refuses to commit a transaction that writes after it has read pages.
   */
  @Param("startKey", "string", "The first id; empty for no lower bound")
  @Param("endKey", "string", "The id to stop before; empty for no upper bound")
  @Param("pageSize", "number", "How many assets at most, 1 to 1000")
  @Param("bookmark", "string", "Empty for the first page, then what the page before gave")
  @Returns(AssetPage.name)
  @Transaction(false)
  async GetAssetsByRange(
    ctx: Context,
    startKey: string,
    endKey: string,
    pageSize: number,
    bookmark: string,
  ): Promise<AssetPage> {
    const [start, end] = rangeBounds(startKey, endKey);
    const page = ctx.stub.getStateByRangeWithPagination(
      start,
      end,
      // 1000 is a peer's own limit for one read from CouchDB.
      wholeNumber("pageSize", pageSize, 1, 1000),
      text("bookmark", bookmark, 0, 1024),
    );
    const assets: Asset[] = [];
    for await (const { value } of page) assets.push(parse(value));
    const { metadata } = await page;
    return { assets, bookmark: metadata.bookmark };
  }

  /** @internal Counts the running transactions, so that the server can end between two of them. */
  override aroundTransaction(...call: Parameters<Contract["aroundTransaction"]>): Promise<void> {
    return tracked(() => super.aroundTransaction(...call));
  }
}

async function find(ctx: Context, id: string): Promise<Asset | undefined> {
  const state = await ctx.stub.getState(id);
  return state?.length ? parse(state) : undefined;
}

async function read(ctx: Context, id: string): Promise<Asset> {
  const asset = await find(ctx, assetId("id", id));
  if (!asset) throw new Error(`Asset "${id}" does not exist`);
  return asset;
}

async function store(ctx: Context, asset: Asset): Promise<Asset> {
  await ctx.stub.putState(asset.id, Buffer.from(toSortedJson(asset)));
  return asset;
}

function parse(state: Uint8Array): Asset {
  return JSON.parse(Buffer.from(state).toString());
}
