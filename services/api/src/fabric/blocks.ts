/** Reads blocks and transactions from the ledger, by the system chaincode `qscc`. */
import { type BlockchainClient, readBlock } from "@baas/client";
import { common, gateway, peer } from "@hyperledger/fabric-protos";

import type { BlockAnswer } from "../http/schemas";

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
