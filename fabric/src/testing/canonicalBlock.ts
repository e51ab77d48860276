/** For tests: what may differ between two genesis blocks of one description, taken out of them. */
import { common } from "@hyperledger/fabric-protos";

import { blockDataHash } from "../wire/block";

/** Nonce and time of a genesis block. */
export function volatile(bytes: Uint8Array): { nonce: Uint8Array; time: Date } {
  const transaction = common.Block.deserializeBinary(bytes).getData()!.getDataList_asU8()[0]!;
  const payload = common.Payload.deserializeBinary(common.Envelope.deserializeBinary(transaction).getPayload_asU8());
  const channelHeader = common.ChannelHeader.deserializeBinary(payload.getHeader()!.getChannelHeader_asU8());
  const signatureHeader = common.SignatureHeader.deserializeBinary(payload.getHeader()!.getSignatureHeader_asU8());
  return { nonce: signatureHeader.getNonce_asU8(), time: channelHeader.getTimestamp()!.toDate() };
}

/** The block with every map of the configuration in sorted order; Go writes maps in any order. */
export function withSortedMaps(bytes: Uint8Array): Buffer {
  const block = common.Block.deserializeBinary(bytes);
  const envelope = common.Envelope.deserializeBinary(block.getData()!.getDataList_asU8()[0]!);
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  payload.setData(common.ConfigEnvelope.deserializeBinary(payload.getData_asU8()).serializeBinary());
  envelope.setPayload(payload.serializeBinary());
  const data = new common.BlockData();
  data.setDataList([envelope.serializeBinary()]);
  block.setData(data);
  block.getHeader()!.setDataHash(blockDataHash(data));
  return Buffer.from(block.serializeBinary());
}
