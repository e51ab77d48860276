/**
 * Reading blocks from the deliver services of orderers and peers.
 *
 * Source: fabric-protos, orderer/ab.proto and peer/events.proto.
 */
import type * as grpc from "@grpc/grpc-js";
import { common, orderer } from "@hyperledger/fabric-protos";

import { FabricError, type FabricErrorContext } from "../errors";
import type { Signer } from "../signer";
import { signedEnvelope } from "../wire/envelope";
import { grpcError, statusError } from "./nodeError";

/** A block: its number, or the oldest or newest that the node has. */
export type Position = "oldest" | "newest" | number;

/** Which blocks to read. */
export interface Seek {
  start: Position;
  /** Last block to read. Absent: go on with every block that comes. */
  stop?: Position;
  /** What to do when a block is not there yet. Default: wait. */
  missing?: "wait" | "fail";
}

/** A request for blocks of a channel. */
export function seekEnvelope(
  channel: string,
  seek: Seek,
  signer: Signer,
  tlsCertificateHash?: Uint8Array,
): Promise<common.Envelope> {
  const info = new orderer.SeekInfo();
  info.setStart(toPosition(seek.start));
  info.setStop(toPosition(seek.stop ?? Number.MAX_SAFE_INTEGER));
  const { BLOCK_UNTIL_READY, FAIL_IF_NOT_READY } = orderer.SeekInfo.SeekBehavior;
  info.setBehavior(seek.missing === "fail" ? FAIL_IF_NOT_READY : BLOCK_UNTIL_READY);
  // Orderers deliver blocks even without a leader.
  info.setErrorResponse(orderer.SeekInfo.SeekErrorResponse.BEST_EFFORT);
  const type = common.HeaderType.DELIVER_SEEK_INFO;
  return signedEnvelope({ type, channel, tlsCertificateHash }, info.serializeBinary(), signer);
}

/** What a deliver service sends: blocks of some form, then a status. */
interface DeliverMessage {
  hasStatus(): boolean;
  getStatus(): number;
}

/**
 * Sends a request and yields what comes, up to the final status.
 *
 * @param open - opens the stream, with its deadline
 * @throws FabricError when the node refuses or the connection breaks
 */
export async function* deliver<T extends DeliverMessage>(
  open: () => grpc.ClientDuplexStream<common.Envelope, T>,
  request: common.Envelope,
  where: FabricErrorContext,
): AsyncGenerator<T, void, void> {
  const stream = open();
  try {
    stream.write(request);
    for await (const message of stream as AsyncIterable<T>) {
      if (!message.hasStatus()) yield message;
      else if (message.getStatus() === common.Status.SUCCESS) return;
      else throw statusError(where, message.getStatus());
    }
    throw new FabricError({ ...where, code: "UNAVAILABLE", reason: "the node closed the stream" });
  } catch (error) {
    throw grpcError(where, error);
  } finally {
    // A cancelled stream emits an error; ignore it, because the reader has stopped.
    stream.on("error", () => {});
    stream.cancel();
  }
}

function toPosition(position: Position): orderer.SeekPosition {
  const made = new orderer.SeekPosition();
  if (position === "oldest") made.setOldest(new orderer.SeekOldest());
  else if (position === "newest") made.setNewest(new orderer.SeekNewest());
  else {
    const specified = new orderer.SeekSpecified();
    specified.setNumber(position);
    made.setSpecified(specified);
  }
  return made;
}
