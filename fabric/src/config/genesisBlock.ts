/** Genesis blocks of application channels and system channels. */
import { common } from "@hyperledger/fabric-protos";

import { invalidArgument } from "../errors";
import { newBlock } from "../wire/block";
import { channelHeader, newOrigin, payload, signatureHeader } from "../wire/envelope";
import { toChannelGroup, toSystemChannelGroup } from "./channelGroup";
import type { ChannelDescription, SystemChannelDescription } from "./description";

/** What makes two blocks of one description differ; for tests. */
export interface GenesisOptions {
  /** Default: 24 random bytes. */
  nonce?: Uint8Array;
  /** Default: now. */
  time?: Date;
}

/**
 * Makes the genesis block of an application channel, as `configtxgen -outputBlock` does for channel participation.
 *
 * The block has a nonce and a time: building it again makes another block, so another channel. Keep the bytes, and let
 * every orderer join with the same ones; peers take block 0 from an orderer.
 *
 * @param channel - channel ID: lower-case letters, digits, "." and "-", a letter first, at most 249 characters
 * @returns the serialized block
 * @throws FabricError `INVALID_ARGUMENT` if the description makes no channel, naming what is wrong
 *
 * @remarks Source: Fabric documentation, "Create a channel".
 */
export function genesisBlock(channel: string, description: ChannelDescription, options: GenesisOptions = {}): Buffer {
  checkChannelId(channel);
  return genesisBlockOf(channel, toChannelGroup(description), options);
}

/**
 * Makes the genesis block of a system channel, with which orderers on Kafka start (`General.BootstrapMethod: file`), as
 * `configtxgen -outputBlock` does. All orderers of a network start with the same bytes; see {@link genesisBlock}.
 *
 * @param channel - channel ID; on a Kafka that networks share, one that no other network has as any channel
 * @returns the serialized block
 * @throws FabricError `INVALID_ARGUMENT` if the description makes no channel, naming what is wrong
 *
 * @remarks Source: Fabric 2.2 documentation, "Create a channel with a system channel". Fabric 3.0 and newer have no system channels.
 */
export function systemChannelGenesisBlock(
  channel: string,
  description: SystemChannelDescription,
  options: GenesisOptions = {},
): Buffer {
  checkChannelId(channel);
  return genesisBlockOf(channel, toSystemChannelGroup(description), options);
}

/** A genesis block with this root group. Also used for system channels, which have other groups. */
export function genesisBlockOf(channel: string, group: common.ConfigGroup, options: GenesisOptions = {}): Buffer {
  const config = new common.Config();
  config.setChannelGroup(group);
  const configEnvelope = new common.ConfigEnvelope();
  configEnvelope.setConfig(config);

  const origin = newOrigin(new Uint8Array(), options.nonce);
  const header = channelHeader({
    type: common.HeaderType.CONFIG,
    version: 1,
    channel,
    transactionId: origin.transactionId,
    time: options.time,
  });
  // A genesis block has no signature: joining nodes trust the administrator who hands it over.
  const envelope = new common.Envelope();
  envelope.setPayload(payload(header, signatureHeader(origin), configEnvelope.serializeBinary()));

  const block = newBlock(0, new Uint8Array(), [envelope.serializeBinary()]);
  const lastConfig = new common.LastConfig();
  const ordererMetadata = new common.OrdererBlockMetadata();
  ordererMetadata.setLastConfig(lastConfig);
  const metadata = block.getMetadata()!.getMetadataList_asU8();
  metadata[common.BlockMetadataIndex.SIGNATURES] = metadataOf(ordererMetadata.serializeBinary());
  metadata[common.BlockMetadataIndex.LAST_CONFIG] = metadataOf(lastConfig.serializeBinary());
  block.getMetadata()!.setMetadataList(metadata);
  return Buffer.from(block.serializeBinary());
}

/**
 * Checks a channel ID.
 *
 * @throws FabricError `INVALID_ARGUMENT` if Fabric would refuse it
 */
export function checkChannelId(channel: string): void {
  if (!/^[a-z][a-z0-9.-]*$/.test(channel) || channel.length > 249) {
    const rule = 'a channel ID is lower-case letters, digits, "." and "-", a letter first, at most 249 characters';
    throw invalidArgument("naming a channel", `"${channel}" does not do: ${rule}`);
  }
}

function metadataOf(value: Uint8Array): Uint8Array {
  const metadata = new common.Metadata();
  metadata.setValue(value);
  return metadata.serializeBinary();
}
