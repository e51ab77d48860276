/**
 * Headers and envelopes: every message to a Fabric network is a payload with two headers, signed as a whole.
 *
 * Source: fabric-protos, common/common.proto; Fabric: protoutil (transaction IDs, channel headers).
 */
import { createHash, randomBytes } from "node:crypto";

import { common } from "@hyperledger/fabric-protos";
import { Timestamp } from "google-protobuf/google/protobuf/timestamp_pb";

import { serializedIdentity, type Signer } from "../signer";

/** Number of a header type, such as `common.HeaderType.CONFIG_UPDATE`. */
export type HeaderType = common.HeaderTypeMap[keyof common.HeaderTypeMap];

/** The identification of a message: its sender, and a number used once. */
export interface Origin {
  /** Serialized identity of the sender; empty in a genesis block. */
  creator: Uint8Array;
  nonce: Uint8Array;
  /** Hexadecimal SHA-256 of nonce and creator. */
  transactionId: string;
}

/** An origin with a fresh nonce of 24 bytes, as long as Fabric's own. */
export function newOrigin(creator: Uint8Array, nonce: Uint8Array = randomBytes(24)): Origin {
  const transactionId = createHash("sha256").update(nonce).update(creator).digest("hex");
  return { creator, nonce, transactionId };
}

/** What a channel header says. */
export interface ChannelHeaderFields {
  type: HeaderType;
  /** Channel ID; empty for what concerns a peer and no channel. */
  channel: string;
  transactionId?: string;
  /** Default: now. Fabric's own tools write whole seconds. */
  time?: Date;
  version?: number;
  extension?: Uint8Array;
  /** SHA-256 of the client's TLS certificate (DER): binds a request to its mutual TLS connection. */
  tlsCertificateHash?: Uint8Array;
}

/** A serialized channel header. */
export function channelHeader(fields: ChannelHeaderFields): Uint8Array {
  const header = new common.ChannelHeader();
  header.setType(fields.type);
  header.setVersion(fields.version ?? 0);
  header.setChannelId(fields.channel);
  header.setTxId(fields.transactionId ?? "");
  const timestamp = new Timestamp();
  timestamp.setSeconds(Math.floor((fields.time?.getTime() ?? Date.now()) / 1000));
  header.setTimestamp(timestamp);
  if (fields.extension !== undefined) header.setExtension$(fields.extension);
  if (fields.tlsCertificateHash !== undefined) header.setTlsCertHash(fields.tlsCertificateHash);
  return header.serializeBinary();
}

/** A serialized signature header. */
export function signatureHeader(origin: Origin): Uint8Array {
  const header = new common.SignatureHeader();
  header.setCreator(origin.creator);
  header.setNonce(origin.nonce);
  return header.serializeBinary();
}

/** A serialized payload of both headers and the data. */
export function payload(channel: Uint8Array, signature: Uint8Array, data: Uint8Array): Uint8Array {
  const header = new common.Header();
  header.setChannelHeader(channel);
  header.setSignatureHeader(signature);
  const made = new common.Payload();
  made.setHeader(header);
  made.setData(data);
  return made.serializeBinary();
}

/** Wraps data in a payload from this signer, and signs it. */
export async function signedEnvelope(
  fields: Omit<ChannelHeaderFields, "transactionId">,
  data: Uint8Array,
  signer: Signer,
): Promise<common.Envelope> {
  const origin = newOrigin(serializedIdentity(signer));
  const header = channelHeader({ ...fields, transactionId: origin.transactionId });
  return signPayload(payload(header, signatureHeader(origin), data), signer);
}

/** An envelope of a serialized payload and the signature over it. */
export async function signPayload(bytes: Uint8Array, signer: Signer): Promise<common.Envelope> {
  const envelope = new common.Envelope();
  envelope.setPayload(bytes);
  envelope.setSignature(await signer.sign(bytes));
  return envelope;
}

/** An envelope taken apart: its channel header and its data. */
export function openEnvelope(bytes: Uint8Array): { header: common.ChannelHeader; data: Uint8Array } {
  const opened = common.Payload.deserializeBinary(common.Envelope.deserializeBinary(bytes).getPayload_asU8());
  return {
    header: common.ChannelHeader.deserializeBinary(opened.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array()),
    data: opened.getData_asU8(),
  };
}
