/**
 * Creation of an application channel from a system channel, as orderers on Kafka make channels. Orderers on Raft join a
 * channel by its genesis block instead.
 *
 * Source: Fabric 2.2 documentation, "Create a channel with a system channel"; fabric-protos, common/configtx.proto.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { common } from "@hyperledger/fabric-protos";

import { FabricError, invalidArgument, isFabricError } from "../errors";
import type { Orderer } from "../nodes/orderer";
import type { Signer } from "../signer";
import { broadcastToAny } from "../transaction/submit";
import { toApplicationRules } from "./channelGroup";
import type { ChannelCreation } from "./description";
import { checkChannelId } from "./genesisBlock";
import { configUpdateEnvelope, signConfigUpdate } from "./update";
import { consortiumValue } from "./values";

/**
 * The update that creates a channel, as `configtxgen -outputCreateChannelTx` makes it: the members are read as the consortium
 * has them, and the rules of the applications are written over none.
 *
 * @param channel - channel ID
 * @returns a serialized `common.ConfigUpdate`, to be signed as the consortium's channel creation policy asks
 * @throws FabricError `INVALID_ARGUMENT` if it makes no channel, naming what is wrong
 */
export function channelCreation(channel: string, creation: ChannelCreation): Uint8Array {
  checkChannelId(channel);
  const step = "describing a new channel";
  const { consortium, organizations, ...rules } = creation;
  if (organizations.length === 0) throw invalidArgument(step, "it has no member");
  const repeated = organizations.find((name, i) => organizations.indexOf(name) < i);
  if (repeated !== undefined) throw invalidArgument(step, `it has the member "${repeated}" twice`);
  if (consortium === "") throw invalidArgument(step, "it names no consortium");

  const application = toApplicationRules(rules);
  application.setVersion(1);
  const update = new common.ConfigUpdate();
  update.setChannelId(channel);
  update.setReadSet(rootWith(new common.ConfigValue(), withMembers(new common.ConfigGroup(), organizations)));
  update.setWriteSet(rootWith(consortiumElement(consortium), withMembers(application, organizations)));
  return update.serializeBinary();
}

function consortiumElement(name: string): common.ConfigValue {
  const value = new common.ConfigValue();
  value.setValue(consortiumValue(name).serializeBinary());
  return value;
}

function rootWith(consortium: common.ConfigValue, application: common.ConfigGroup): common.ConfigGroup {
  const root = new common.ConfigGroup();
  root.getValuesMap().set("Consortium", consortium);
  root.getGroupsMap().set("Application", application);
  return root;
}

/** Members by their names only, at the versions that the consortium gives to new channels. */
function withMembers(application: common.ConfigGroup, names: string[]): common.ConfigGroup {
  for (const name of names) application.getGroupsMap().set(name, new common.ConfigGroup());
  return application;
}

/**
 * Creates an application channel and waits until an orderer has it. Does nothing if the orderers have one of that name
 * already.
 *
 * @param orderers - orderers of the system channel that has the consortium, called as a member of the new channel, or of an
 *   orderer organization
 * @param signers - administrators of members; one, by the usual policy of consortiums. The first submits.
 * @returns serialized block 0, with which peers join
 * @throws FabricError `ACCESS_DENIED` if signatures are missing, `REJECTED` with the orderer's words, such as for a member that
 *   the consortium does not have, and `TIMEOUT` if the channel has not come in time
 */
export async function createChannel(
  orderers: Orderer[],
  channel: string,
  creation: ChannelCreation,
  signers: Signer[],
  options: { timeoutMs?: number } = {},
): Promise<Uint8Array> {
  const step = "creating the channel";
  const update = channelCreation(channel, creation);
  const [submitter] = signers;
  if (submitter === undefined) throw invalidArgument(step, "no signer is given");
  const timeoutMs = options.timeoutMs ?? 60_000;
  const deadline = Date.now() + timeoutMs;
  const there = await blockZero(orderers, channel);
  if (there !== undefined) return there;
  const signatures = await Promise.all(signers.map((signer) => signConfigUpdate(update, signer)));
  const envelope = await configUpdateEnvelope(channel, update, signatures, submitter);
  try {
    await broadcastToAny(orderers, envelope, channel, step, timeoutMs);
  } catch (error) {
    // For a channel that is there it is an update, of what has been read before.
    if (!isFabricError(error, "CONFLICT")) throw error;
  }
  for (let pause = 50; ; pause = Math.min(2 * pause, 1000)) {
    const block = await blockZero(orderers, channel);
    if (block !== undefined) return block;
    if (Date.now() + pause > deadline) {
      const reason = `no orderer has it ${timeoutMs} ms after one took its creation`;
      throw new FabricError({ code: "TIMEOUT", step, channel, reason });
    }
    await sleep(pause);
  }
}

/**
 * Block 0 of a channel, from the first orderer that has it.
 *
 * @throws FabricError of an orderer if none could be asked
 */
async function blockZero(orderers: Orderer[], channel: string): Promise<Uint8Array | undefined> {
  let failure: unknown;
  let isAnswered = false;
  for (const orderer of orderers) {
    try {
      return await orderer.genesisBlock(channel);
    } catch (error) {
      if (!isFabricError(error, "UNAVAILABLE", "TIMEOUT", "NOT_FOUND")) throw error;
      isAnswered ||= error.code === "NOT_FOUND";
      failure = error;
    }
  }
  if (isAnswered) return undefined;
  throw failure ?? invalidArgument("creating the channel", "there is no orderer to ask");
}
