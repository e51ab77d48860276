/**
 * Updating a channel's configuration: compute, sign, submit, see it done.
 *
 * Source: Fabric documentation, "Updating a channel configuration".
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { common } from "@hyperledger/fabric-protos";

import { FabricError, invalidArgument, isFabricError } from "../errors";
import type { Orderer } from "../nodes/orderer";
import { serializedIdentity, type Signer } from "../signer";
import { broadcastToAny } from "../transaction/submit";
import { blockNumber, readConfigBlock } from "../wire/block";
import { signatureHeader, signedEnvelope } from "../wire/envelope";
import { computeUpdate } from "./delta";
import type { ConfigEdit } from "./edits";

/** A configuration update that is in force. */
export interface AppliedUpdate {
  /** Number of the block that brought it. */
  blockNumber: number;
  /** Sequence of the configuration since. */
  sequence: number;
}

/** A changed copy of a configuration. */
export function editedConfig(current: common.Config, ...edits: ConfigEdit[]): common.Config {
  const wanted = common.Config.deserializeBinary(current.serializeBinary());
  for (const edit of edits) edit(wanted);
  return wanted;
}

/**
 * One organization's signature on an update. Organizations that are administered elsewhere sign the same bytes.
 *
 * @param update - serialized `common.ConfigUpdate`
 * @returns a serialized `common.ConfigSignature`
 */
export async function signConfigUpdate(update: Uint8Array, signer: Signer): Promise<Uint8Array> {
  const header = signatureHeader({ creator: serializedIdentity(signer), nonce: randomBytes(24), transactionId: "" });
  const signature = new common.ConfigSignature();
  signature.setSignatureHeader(header);
  signature.setSignature(await signer.sign(Buffer.concat([header, update])));
  return signature.serializeBinary();
}

/** The message that submits an update. */
export async function configUpdateEnvelope(
  channel: string,
  update: Uint8Array,
  signatures: Uint8Array[],
  submitter: Signer,
): Promise<common.Envelope> {
  const envelope = new common.ConfigUpdateEnvelope();
  envelope.setConfigUpdate(update);
  envelope.setSignaturesList(signatures.map((bytes) => common.ConfigSignature.deserializeBinary(bytes)));
  const type = common.HeaderType.CONFIG_UPDATE;
  return signedEnvelope({ type, channel }, envelope.serializeBinary(), submitter);
}

/**
 * Changes a channel's configuration and waits until the change is in force at an orderer. Does nothing if the configuration
 * says all of it already, and starts over when somebody else was faster.
 *
 * @param orderers - the first that answers provides the configuration
 * @param signers - administrators of as many organizations as the changed elements ask for; the first submits, so it must
 *   also be among the channel's `Writers`
 * @returns nothing if there was nothing to do
 * @throws FabricError `ACCESS_DENIED` if signatures are missing, `REJECTED` with the orderer's words
 */
export async function updateChannel(
  orderers: Orderer[],
  channel: string,
  edits: ConfigEdit[],
  signers: Signer[],
  options: { timeoutMs?: number } = {},
): Promise<AppliedUpdate | undefined> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const step = "updating the configuration";
  const [submitter] = signers;
  if (submitter === undefined) throw invalidArgument(step, "no signer is given");
  const deadline = Date.now() + timeoutMs;
  for (let pause = 50; ; pause = Math.min(2 * pause, 1000)) {
    const { orderer, config } = await currentConfig(orderers, channel);
    const update = computeUpdate(channel, config, editedConfig(config, ...edits))?.serializeBinary();
    if (update === undefined) return undefined;
    const signatures = await Promise.all(signers.map((signer) => signConfigUpdate(update, signer)));
    const envelope = await configUpdateEnvelope(channel, update, signatures, submitter);
    try {
      return await submitUpdate(orderer, orderers, channel, envelope, config.getSequence(), timeoutMs);
    } catch (error) {
      if (!isFabricError(error, "CONFLICT") || Date.now() + pause > deadline) throw error;
    }
    // An orderer applies a new configuration shortly before its block can be read.
    await sleep(pause);
  }
}

async function currentConfig(orderers: Orderer[], channel: string) {
  let failure: unknown = invalidArgument("reading the configuration", "there is no orderer to ask");
  for (const orderer of orderers) {
    try {
      return { orderer, config: (await orderer.config(channel)).config };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Sends the update while reading the blocks that come, until one holds the configuration it leads to. */
async function submitUpdate(
  orderer: Orderer,
  orderers: Orderer[],
  channel: string,
  envelope: common.Envelope,
  sequence: number,
  timeoutMs: number,
): Promise<AppliedUpdate> {
  const step = "updating the configuration";
  const blocks = orderer.blocks(channel, { start: "newest" }, { timeoutMs });
  try {
    // Wait for the newest block, so that no later one is missed.
    await blocks.next();
    await broadcastToAny(orderers, envelope, channel, step, timeoutMs);
    for await (const block of blocks) {
      const found = readConfigBlock(block);
      if (found === undefined || found.config.getSequence() <= sequence) continue;
      if (isUpdate(found.lastUpdate, envelope)) {
        return { blockNumber: blockNumber(block), sequence: found.config.getSequence() };
      }
      throw new FabricError({ code: "CONFLICT", step, channel, reason: "another update came first" });
    }
    throw new FabricError({ code: "UNAVAILABLE", step, channel, reason: "the orderer closed the stream" });
  } finally {
    void blocks.return().catch(() => {});
  }
}

function isUpdate(applied: common.Envelope | undefined, sent: common.Envelope): boolean {
  return applied !== undefined && Buffer.from(applied.getPayload_asU8()).equals(sent.getPayload_asU8());
}
