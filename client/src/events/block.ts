/** Blocks as they come in events. */
import { common } from "@hyperledger/fabric-protos";

import { nameOfCode } from "../transaction/outcomes.ts";

/** A transaction in a block. */
export interface BlockTransaction {
  /** Empty for transactions of configuration. */
  txID: string;
  /** Such as `ENDORSER_TRANSACTION` or `CONFIG`. */
  type: string;
  isValid: boolean;
  /** Such as `VALID` or `MVCC_READ_CONFLICT`. */
  validationCode: string;
}

/** A block that was committed. */
export interface BlockEvent {
  blockNumber: bigint;
  /** Its transactions in order, with those that are invalid. */
  transactions: BlockTransaction[];
  /** The block as a whole: a serialized `common.Block` of `@hyperledger/fabric-protos`. */
  block: Uint8Array;
}

/** Reads a block. */
export function toBlockEvent(block: common.Block): BlockEvent {
  const codes = block.getMetadata()?.getMetadataList_asU8()[common.BlockMetadataIndex.TRANSACTIONS_FILTER];
  const envelopes = block.getData()?.getDataList_asU8() ?? [];
  return {
    blockNumber: BigInt(block.getHeader()!.getNumber()),
    transactions: envelopes.map((envelope, i) => toTransaction(envelope, codes?.[i] ?? 0)),
    block: block.serializeBinary(),
  };
}

function toTransaction(bytes: Uint8Array, code: number): BlockTransaction {
  const envelope = common.Envelope.deserializeBinary(bytes);
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const header = common.ChannelHeader.deserializeBinary(payload.getHeader()!.getChannelHeader_asU8());
  const type = Object.entries(common.HeaderType).find(([, number]) => number === header.getType())?.[0];
  return {
    txID: header.getTxId(),
    type: type ?? String(header.getType()),
    isValid: code === 0,
    validationCode: nameOfCode(code),
  };
}
