/** The types that the ledger stores and that queries return. */
import { Object as DataType, Property } from "fabric-contract-api";

/** An asset as the ledger keeps it, under its id as the key. */
@DataType()
export class Asset {
  /** Unique on the channel, never changes. */
  @Property("id", "string")
  id!: string;

  /** Who owns the asset. */
  @Property("owner", "string")
  owner!: string;

  /** What the asset is; may be empty. */
  @Property("description", "string")
  description!: string;

  /** What the asset is worth: a whole number in the smallest unit of its currency. */
  @Property("value", "number")
  value!: number;
}

/** One committed change of an asset. */
@DataType()
export class HistoryEntry {
  /** The transaction that made the change. */
  @Property("txId", "string")
  txId!: string;

  /** When its client proposed it: ISO 8601, UTC, milliseconds. */
  @Property("timestamp", "string")
  timestamp!: string;

  /** True if the change deleted the asset. */
  @Property("deleted", "boolean")
  deleted!: boolean;

  /** The asset after the change; absent if it was deleted. */
  @Property("asset", "Asset")
  asset?: Asset;
}

/** Some of the assets of a range. */
@DataType()
export class AssetPage {
  /** In the order of their ids. */
  @Property("assets", "Asset[]")
  assets!: Asset[];

  /** Where the next page starts; empty if this is the last one. */
  @Property("bookmark", "string")
  bookmark!: string;
}
