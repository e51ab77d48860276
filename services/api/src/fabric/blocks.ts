/** Reads blocks and transactions from the ledger, by the system chaincode `qscc`. */
import type { BlockchainClient } from "@baas/client";
import { common, gateway, msp, peer } from "@hyperledger/fabric-protos";

import type { BlockAnswer, TransactionAnswer } from "../http/schemas";

/** Number of the newest block of a channel. */
export async function newestBlock(client: BlockchainClient, channel: string): Promise<bigint> {
  const answer = await client.evaluate("GetChainInfo", [channel], { channel, chaincode: "qscc" });
  return BigInt(common.BlockchainInfo.deserializeBinary(answer).getHeight()) - 1n;
}

/** A block by its number. */
export async function blockByNumber(client: BlockchainClient, channel: string, number: bigint): Promise<BlockAnswer> {
  const args = [channel, String(number)];
  return readBlock(await client.evaluate("GetBlockByNumber", args, { channel, chaincode: "qscc" }));
}

/** The block with a transaction. */
export async function blockByTransaction(
  client: BlockchainClient,
  channel: string,
  txID: string,
): Promise<BlockAnswer> {
  return readBlock(await client.evaluate("GetBlockByTxID", [channel, txID], { channel, chaincode: "qscc" }));
}

/** Reads a serialized `common.Block`. */
export function readBlock(bytes: Uint8Array): BlockAnswer {
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

/** What the chaincode answered to a signed transaction, which is a serialized `gateway.PreparedTransaction`. */
export function resultOfTransaction(bytes: Uint8Array): Uint8Array {
  const envelope = gateway.PreparedTransaction.deserializeBinary(bytes).getEnvelope()!;
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const [action] = peer.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList();
  const actionPayload = peer.ChaincodeActionPayload.deserializeBinary(action!.getPayload_asU8());
  const response = peer.ProposalResponsePayload.deserializeBinary(
    actionPayload.getAction()!.getProposalResponsePayload_asU8(),
  );
  const chaincodeAction = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8());
  return chaincodeAction.getResponse()!.getPayload_asU8();
}

function readTransaction(bytes: Uint8Array, code: number): TransactionAnswer {
  const payload = common.Payload.deserializeBinary(common.Envelope.deserializeBinary(bytes).getPayload_asU8());
  const header = payload.getHeader()!;
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  const type = nameIn(common.HeaderType, channelHeader.getType());
  const creator = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8()).getCreator_asU8();
  const time = channelHeader.getTimestamp()?.toDate().toISOString();
  return {
    txID: channelHeader.getTxId(),
    type,
    isValid: code === 0,
    validationCode: nameIn(peer.TxValidationCode, code),
    ...(time !== undefined && { time }),
    ...(creator.length > 0 && { creator: { mspId: msp.SerializedIdentity.deserializeBinary(creator).getMspid() } }),
    ...(type === "ENDORSER_TRANSACTION" && invocationOf(payload.getData_asU8())),
  };
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

function nameIn(values: object, value: number): string {
  return Object.entries(values).find(([, number]) => number === value)?.[0] ?? String(value);
}
