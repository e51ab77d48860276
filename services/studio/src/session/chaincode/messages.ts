/** Messages of the chaincode protocol, as both sides of it make them. */
import { peer } from "@hyperledger/fabric-protos";

export const { Type } = peer.ChaincodeMessage;

/** Type of a message. */
export type MessageType = (typeof Type)[keyof typeof Type];

/** What a message is about. */
export interface MessageFields {
  payload?: Uint8Array | string;
  txID?: string;
  channel?: string;
}

export function message(type: MessageType, { payload, txID, channel }: MessageFields = {}): peer.ChaincodeMessage {
  const made = new peer.ChaincodeMessage();
  made.setType(type);
  if (payload !== undefined) made.setPayload(typeof payload === "string" ? Buffer.from(payload) : payload);
  if (txID !== undefined) made.setTxid(txID);
  if (channel !== undefined) made.setChannelId(channel);
  return made;
}

/** The first message of chaincode: under which ID it was installed. */
export function registration(packageId: string): peer.ChaincodeMessage {
  const id = new peer.ChaincodeID();
  id.setName(packageId);
  return message(Type.REGISTER, { payload: id.serializeBinary() });
}

/** Names a transaction on a stream, which several channels may share. */
export const transactionKey = (each: peer.ChaincodeMessage): string => `${each.getChannelId()} ${each.getTxid()}`;

/** Entry of a call's transient data by which the session finds its own calls; the contract does not get it. */
export const callMark = "baas.studio.call";

/**
 * Takes the mark out of a call's transient data.
 *
 * @returns the mark, if there is one
 */
export function takeMark(transaction: peer.ChaincodeMessage): string | undefined {
  const signed = transaction.getProposal();
  if (signed === undefined) return undefined;
  const proposal = peer.Proposal.deserializeBinary(signed.getProposalBytes_asU8());
  const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
  const transient = payload.getTransientmapMap();
  const mark = transient.get(callMark);
  if (mark === undefined) return undefined;
  transient.del(callMark);
  proposal.setPayload(payload.serializeBinary());
  signed.setProposalBytes(proposal.serializeBinary());
  return typeof mark === "string" ? Buffer.from(mark, "base64").toString() : Buffer.from(mark).toString();
}
