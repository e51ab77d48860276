/**
 * Proposals, which ask a peer to run chaincode, and the transactions made from their endorsements.
 *
 * Source: fabric-protos, peer/proposal.proto, peer/transaction.proto and peer/chaincode.proto.
 */
import { common, peer } from "@hyperledger/fabric-protos";

import { serializedIdentity, type Signer } from "../signer";
import { channelHeader, newOrigin, payload, signatureHeader, signPayload } from "../wire/envelope";

/** A call of a chaincode. */
export interface Invocation {
  /** Channel ID; empty for system chaincodes that concern the peer and no channel. */
  channel: string;
  /** Name of the chaincode, such as `_lifecycle`. */
  chaincode: string;
  /** Function name first. */
  args: (string | Uint8Array)[];
}

/** A proposal, signed and ready to be sent to any number of peers. */
export interface Proposal {
  invocation: Invocation;
  transactionId: string;
  signed: peer.SignedProposal;
  /** Parts that become part of the transaction. */
  channelHeader: Uint8Array;
  signatureHeader: Uint8Array;
  payload: Uint8Array;
}

/** Makes and signs a proposal. */
export async function newProposal(invocation: Invocation, signer: Signer): Promise<Proposal> {
  const chaincodeId = new peer.ChaincodeID();
  chaincodeId.setName(invocation.chaincode);
  const extension = new peer.ChaincodeHeaderExtension();
  extension.setChaincodeId(chaincodeId);

  const origin = newOrigin(serializedIdentity(signer));
  const headers = {
    channelHeader: channelHeader({
      type: common.HeaderType.ENDORSER_TRANSACTION,
      channel: invocation.channel,
      transactionId: origin.transactionId,
      extension: extension.serializeBinary(),
    }),
    signatureHeader: signatureHeader(origin),
  };
  const header = new common.Header();
  header.setChannelHeader(headers.channelHeader);
  header.setSignatureHeader(headers.signatureHeader);

  const input = new peer.ChaincodeInput();
  input.setArgsList(invocation.args.map((arg) => (typeof arg === "string" ? Buffer.from(arg) : arg)));
  const spec = new peer.ChaincodeSpec();
  spec.setChaincodeId(chaincodeId);
  spec.setInput(input);
  const invocationSpec = new peer.ChaincodeInvocationSpec();
  invocationSpec.setChaincodeSpec(spec);
  const chaincodePayload = new peer.ChaincodeProposalPayload();
  chaincodePayload.setInput(invocationSpec.serializeBinary());

  const proposal = new peer.Proposal();
  proposal.setHeader(header.serializeBinary());
  proposal.setPayload(chaincodePayload.serializeBinary());
  const bytes = proposal.serializeBinary();
  const signed = new peer.SignedProposal();
  signed.setProposalBytes(bytes);
  signed.setSignature(await signer.sign(bytes));
  return {
    invocation,
    transactionId: origin.transactionId,
    signed,
    ...headers,
    payload: proposal.getPayload_asU8(),
  };
}

/**
 * The transaction of a proposal and what peers answered to it.
 *
 * @param responses - at least one; all with the same payload
 * @param signer - the signer of the proposal; no other signature is valid
 */
export async function newTransaction(
  proposal: Proposal,
  responses: peer.ProposalResponse[],
  signer: Signer,
): Promise<common.Envelope> {
  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(responses[0]!.getPayload_asU8());
  endorsed.setEndorsementsList(responses.map((response) => response.getEndorsement()!));
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setChaincodeProposalPayload(proposal.payload);
  actionPayload.setAction(endorsed);

  const action = new peer.TransactionAction();
  action.setHeader(proposal.signatureHeader);
  action.setPayload(actionPayload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.addActions(action);
  return signPayload(payload(proposal.channelHeader, proposal.signatureHeader, transaction.serializeBinary()), signer);
}
