/**
 * Blocks: hashes as Fabric computes them, and what a block says of the channel's configuration.
 *
 * Source: Fabric documentation, "Ledger"; Fabric: protoutil/blockutils.go; X.690 (DER) for the header's hash.
 */
import { createHash } from "node:crypto";

import { common } from "@hyperledger/fabric-protos";

import { FabricError } from "../errors";
import { derInteger } from "../lowS";
import { openEnvelope } from "./envelope";

/** Hash over a block's transactions: SHA-256 of all of them, one after the other. */
export function blockDataHash(data: common.BlockData): Uint8Array {
  const hash = createHash("sha256");
  for (const transaction of data.getDataList_asU8()) hash.update(transaction);
  return hash.digest();
}

/** Hash of a block, which the next block names: SHA-256 of its header's number and hashes in DER. */
export function blockHeaderHash(header: common.BlockHeader): Uint8Array {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(header.getNumber()));
  const octets = (bytes: Uint8Array) => Buffer.concat([Buffer.from([0x04, bytes.length]), bytes]);
  const body = Buffer.concat([
    derInteger(number),
    octets(header.getPreviousHash_asU8()),
    octets(header.getDataHash_asU8()),
  ]);
  return createHash("sha256")
    .update(Buffer.from([0x30, body.length]))
    .update(body)
    .digest();
}

/** A block of these transactions, with empty metadata of every kind. */
export function newBlock(number: number, previousHash: Uint8Array, transactions: Uint8Array[]): common.Block {
  const data = new common.BlockData();
  data.setDataList(transactions);
  const header = new common.BlockHeader();
  header.setNumber(number);
  header.setPreviousHash(previousHash);
  header.setDataHash(blockDataHash(data));
  const metadata = new common.BlockMetadata();
  metadata.setMetadataList(Object.keys(common.BlockMetadataIndex).map(() => new Uint8Array()));
  const block = new common.Block();
  block.setHeader(header);
  block.setData(data);
  block.setMetadata(metadata);
  return block;
}

/** Number of a block. */
export function blockNumber(block: common.Block): number {
  return block.getHeader()?.getNumber() ?? 0;
}

/** Number of the last configuration block at this block, from the metadata that orderers sign. */
export function lastConfigNumber(block: common.Block): number {
  const metadata = block.getMetadata()?.getMetadataList_asU8() ?? [];
  const value = (index: number): Uint8Array => {
    return common.Metadata.deserializeBinary(metadata[index] ?? new Uint8Array()).getValue_asU8();
  };
  const ordererMetadata = common.OrdererBlockMetadata.deserializeBinary(value(common.BlockMetadataIndex.SIGNATURES));
  const lastConfig = ordererMetadata.getLastConfig();
  if (lastConfig !== undefined) return lastConfig.getIndex();
  // Blocks from before Fabric 1.4.1 have it in a separate metadata field.
  return common.LastConfig.deserializeBinary(value(common.BlockMetadataIndex.LAST_CONFIG)).getIndex();
}

/** What a configuration block holds. */
export interface ConfigBlock {
  /** Channel ID. */
  channel: string;
  /** The channel's configuration, with its sequence. */
  config: common.Config;
  /** The update that led to it; none in a genesis block. */
  lastUpdate?: common.Envelope;
}

/** The configuration in a block, or nothing if the block holds other transactions. */
export function readConfigBlock(block: common.Block): ConfigBlock | undefined {
  const transactions = block.getData()?.getDataList_asU8() ?? [];
  if (transactions.length !== 1) return undefined;
  const { header, data } = openEnvelope(transactions[0]!);
  if (header.getType() !== common.HeaderType.CONFIG) return undefined;
  const envelope = common.ConfigEnvelope.deserializeBinary(data);
  const config = envelope.getConfig();
  return config && { channel: header.getChannelId(), config, lastUpdate: envelope.getLastUpdate() };
}

/**
 * Reads a serialized configuration block, such as a genesis block from a file.
 *
 * @throws FabricError `INVALID_ARGUMENT` if the bytes are no block, or one without a configuration
 */
export function parseConfigBlock(bytes: Uint8Array): ConfigBlock {
  const step = "reading a configuration block";
  let read: ConfigBlock | undefined;
  try {
    read = readConfigBlock(common.Block.deserializeBinary(bytes));
  } catch (cause) {
    throw new FabricError({ code: "INVALID_ARGUMENT", step, reason: "these bytes are not a block", cause });
  }
  if (read === undefined) {
    throw new FabricError({ code: "INVALID_ARGUMENT", step, reason: "the block does not hold a configuration" });
  }
  return read;
}
