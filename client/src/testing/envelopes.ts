/** For tests: transactions as peers build and read them. */
import { verify, X509Certificate } from "node:crypto";

import { common, gateway, msp, peer } from "@hyperledger/fabric-protos";

/** What a transaction calls. */
export interface Invocation {
  channel: string;
  txID: string;
  chaincode: string;
  functionName: string;
  args: string[];
}

/** What a proposal calls. */
export function invocationOfProposal(signed: peer.SignedProposal): Invocation {
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  return invocationFrom(header, proposal.getPayload_asU8());
}

/** What an envelope's transaction calls. */
export function invocationOf(envelope: common.Envelope): Invocation {
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const transaction = peer.Transaction.deserializeBinary(payload.getData_asU8());
  const action = peer.ChaincodeActionPayload.deserializeBinary(transaction.getActionsList()[0]!.getPayload_asU8());
  return invocationFrom(payload.getHeader()!, action.getChaincodeProposalPayload_asU8());
}

/** The transaction that enough peers have endorsed, for its client to sign. */
export function endorsed(signed: peer.SignedProposal, result: string): gateway.EndorseResponse {
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
  const answer = new peer.Response();
  answer.setStatus(200);
  answer.setPayload(Buffer.from(result));
  const chaincodeAction = new peer.ChaincodeAction();
  chaincodeAction.setResponse(answer);
  const responsePayload = new peer.ProposalResponsePayload();
  responsePayload.setExtension$(chaincodeAction.serializeBinary());
  const endorsedAction = new peer.ChaincodeEndorsedAction();
  endorsedAction.setProposalResponsePayload(responsePayload.serializeBinary());
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setAction(endorsedAction);
  actionPayload.setChaincodeProposalPayload(proposal.getPayload_asU8());
  const action = new peer.TransactionAction();
  action.setPayload(actionPayload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.setActionsList([action]);
  const payload = new common.Payload();
  payload.setHeader(common.Header.deserializeBinary(proposal.getHeader_asU8()));
  payload.setData(transaction.serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  const response = new gateway.EndorseResponse();
  response.setPreparedTransaction(envelope);
  return response;
}

/** Whether an envelope or proposal is signed by who made it, as Fabric checks it. */
export function isSignedByCreator(header: common.Header, message: Uint8Array, signature: Uint8Array): boolean {
  const { publicKey } = new X509Certificate(Buffer.from(creatorOf(header).getIdBytes_asU8()));
  return verify("sha256", message, publicKey, signature) && hasLowS(signature);
}

/** The identity in a header. */
export function creatorOf(header: common.Header): msp.SerializedIdentity {
  const signatureHeader = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8());
  return msp.SerializedIdentity.deserializeBinary(signatureHeader.getCreator_asU8());
}

function hasLowS(signature: Uint8Array): boolean {
  const s = Buffer.from(signature).subarray(4 + signature[3]! + 2);
  const half = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551") >> 1n;
  return BigInt(`0x${s.toString("hex")}`) <= half;
}

function invocationFrom(header: common.Header, payload: Uint8Array): Invocation {
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  const content = peer.ChaincodeProposalPayload.deserializeBinary(payload);
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(content.getInput_asU8()).getChaincodeSpec()!;
  const [functionName, ...args] = spec
    .getInput()!
    .getArgsList_asU8()
    .map((arg) => Buffer.from(arg).toString());
  return {
    channel: channelHeader.getChannelId(),
    txID: channelHeader.getTxId(),
    chaincode: spec.getChaincodeId()!.getName(),
    functionName: functionName!,
    args,
  };
}
