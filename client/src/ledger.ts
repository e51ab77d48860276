/** Reads blocks and transactions as they are on the ledger. */
import { X509Certificate } from "node:crypto";

import { common, msp, peer } from "@hyperledger/fabric-protos";

import { nameOfCode } from "./transaction/outcomes.ts";

/** A transaction on the ledger. */
export interface LedgerTransaction {
  txID: string;
  /** Such as `ENDORSER_TRANSACTION` or `CONFIG`. */
  type: string;
  isValid: boolean;
  /** Such as `VALID` or `MVCC_READ_CONFLICT`. */
  validationCode: string;
  /** When its client made it, by the client's clock. */
  time?: string;
  /** Who made it: an MSP ID, and the subject of the certificate (RFC 2253). */
  creator?: { mspId: string; subject?: string };
  chaincode?: string;
  /** The function that was called. */
  function?: string;
  /** Number of its block. */
  blockNumber: string;
}

/** A block on the ledger. */
export interface LedgerBlock {
  blockNumber: string;
  /** Hashes are hexadecimal. */
  previousHash: string;
  dataHash: string;
  /** Its transactions in order, with those that are invalid. */
  transactions: LedgerTransaction[];
}

/**
 * Reads a block.
 *
 * @param bytes - a serialized `common.Block`, such as events have, or the system chaincode `qscc` answers
 *
 * @example
 * ```js
 * import { readBlock } from "@baas/client";
 *
 * const { txID } = await client.submit("TransferAsset", ["asset1", "bob"]);
 * const block = readBlock(await client.evaluate("GetBlockByTxID", ["main", txID], { chaincode: "qscc" }));
 * console.log(block.transactions.find((each) => each.txID === txID).function); // TransferAsset
 * ```
 */
export function readBlock(bytes: Uint8Array): LedgerBlock {
  const block = common.Block.deserializeBinary(bytes);
  const header = block.getHeader()!;
  const codes = block.getMetadata()?.getMetadataList_asU8()[common.BlockMetadataIndex.TRANSACTIONS_FILTER];
  const envelopes = block.getData()?.getDataList_asU8() ?? [];
  const blockNumber = String(header.getNumber());
  return {
    blockNumber,
    previousHash: Buffer.from(header.getPreviousHash_asU8()).toString("hex"),
    dataHash: Buffer.from(header.getDataHash_asU8()).toString("hex"),
    transactions: envelopes.map((envelope, i) => ({ ...readTransaction(envelope, codes?.[i] ?? 0), blockNumber })),
  };
}

function readTransaction(bytes: Uint8Array, code: number): Omit<LedgerTransaction, "blockNumber"> {
  const payload = common.Payload.deserializeBinary(common.Envelope.deserializeBinary(bytes).getPayload_asU8());
  const header = payload.getHeader()!;
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  const type = nameOfType(channelHeader.getType());
  const creator = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8()).getCreator_asU8();
  const time = channelHeader.getTimestamp()?.toDate().toISOString();
  return {
    txID: channelHeader.getTxId(),
    type,
    isValid: code === 0,
    validationCode: nameOfCode(code),
    ...(time !== undefined && { time }),
    ...(creator.length > 0 && { creator: readCreator(creator) }),
    ...(type === "ENDORSER_TRANSACTION" && invocationOf(payload.getData_asU8())),
  };
}

function readCreator(bytes: Uint8Array): { mspId: string; subject?: string } {
  const identity = msp.SerializedIdentity.deserializeBinary(bytes);
  const mspId = identity.getMspid();
  try {
    const { subject } = new X509Certificate(identity.getIdBytes_asU8());
    return { mspId, subject: subject.split("\n").reverse().join(",") };
  } catch {
    return { mspId };
  }
}

/** The chaincode and its function. An endorser's transaction of another form has neither. */
function invocationOf(data: Uint8Array): { chaincode?: string; function?: string } {
  const [action] = peer.Transaction.deserializeBinary(data).getActionsList();
  if (action === undefined) return {};
  const payload = peer.ChaincodeActionPayload.deserializeBinary(action.getPayload_asU8());
  const proposal = peer.ChaincodeProposalPayload.deserializeBinary(payload.getChaincodeProposalPayload_asU8());
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(proposal.getInput_asU8()).getChaincodeSpec();
  const chaincode = spec?.getChaincodeId()?.getName();
  const [name] = spec?.getInput()?.getArgsList_asU8() ?? [];
  return { ...(chaincode && { chaincode }), ...(name && { function: Buffer.from(name).toString() }) };
}

function nameOfType(value: number): string {
  return Object.entries(common.HeaderType).find(([, number]) => number === value)?.[0] ?? String(value);
}
