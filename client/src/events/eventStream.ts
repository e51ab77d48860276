/** Streams of events that go on after a break, at another peer, with the event after the last one. */
import { status } from "@grpc/grpc-js";
import { type Checkpoint as GatewayCheckpoint, GatewayError } from "@hyperledger/fabric-gateway";

import type { BackOff } from "../configuration/schema.ts";
import { ClientError } from "../errors.ts";
import type { Peer } from "../peers/peer.ts";
import type { PeerPool } from "../peers/peerPool.ts";
import type { Telemetry } from "../telemetry.ts";
import { backOffTime, pause } from "../transaction/waiting.ts";
import type { Checkpoint, EventPosition } from "./checkpoint.ts";

/** Options of streams of events. */
export interface EventOptions {
  /** Instead of the configuration's. */
  channel?: string;
  /** First block; by default the next one that is committed. A checkpoint that has a position goes before. */
  startBlock?: bigint | number;
  /** Keeps how far the reader has come. An event counts as dealt with when the reader asks for the next one. */
  checkpoint?: Checkpoint;
  /** Ends the stream. */
  signal?: AbortSignal;
}

/** One stream of a peer, which may break. */
export interface BreakableStream<T> extends AsyncIterable<T> {
  close(): void;
}

/** How to read one kind of events. */
export interface EventKind<T> {
  open(peer: Peer, from: GatewayCheckpoint, options: { signal: AbortSignal }): Promise<BreakableStream<T>>;
  positionOf(event: T): EventPosition;
  /** First block of a stream that names none. */
  nextBlock(): Promise<bigint>;
}

/** What streams run with. */
export interface EventServices {
  pool: PeerPool;
  telemetry: Telemetry;
  backOff: BackOff;
  channel: string;
  signal: AbortSignal;
}

/** Codes after which another try would fail, too. */
const final: readonly number[] = [
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.FAILED_PRECONDITION,
  status.UNIMPLEMENTED,
];

/**
 * The events of a kind, as long as the reader asks for them. Each comes once, and again only if the reader ended before it was
 * dealt with.
 */
export async function* readEvents<T>(
  kind: EventKind<T>,
  { startBlock, checkpoint }: EventOptions,
  services: EventServices,
): AsyncGenerator<T, void, undefined> {
  const { pool, signal, telemetry, backOff } = services;
  const loaded = await checkpoint?.load();
  let position = loaded ?? before(startBlock === undefined ? await kind.nextBlock() : BigInt(startBlock));
  const peers: string[] = [];
  for (let failures = 0; !signal.aborted;) {
    const peer = pool.pick(peers.slice(-1));
    peers.push(peer.address);
    if (peers.length > 1) telemetry.eventsReconnected();
    const stream = await OneStream.open(() => opened(kind, peer, position, signal));
    try {
      for (let event = await stream.next(); event !== undefined; event = await stream.next()) {
        pool.report(peer, true);
        failures = 0;
        yield event;
        position = kind.positionOf(event);
        await checkpoint?.save(position);
      }
    } finally {
      // Also where the reader leaves.
      stream.close();
    }
    if (signal.aborted) return;
    if (isFinal(stream.error)) throw failureOf(stream.error, services, peers);
    pool.report(peer, false);
    await pause(backOffTime(++failures, backOff), Infinity, signal);
  }
}

async function opened<T>(
  kind: EventKind<T>,
  peer: Peer,
  position: EventPosition,
  signal: AbortSignal,
): Promise<BreakableStream<T>> {
  return kind.open(peer, toGateway(position), { signal: AbortSignal.any([signal, peer.closed]) });
}

/** A stream that ends by an error or without one, and keeps the error. */
class OneStream<T> {
  error: unknown;
  private stream: BreakableStream<T> | undefined;
  private events: AsyncIterator<T> | undefined;

  static async open<T>(open: () => Promise<BreakableStream<T>>): Promise<OneStream<T>> {
    const one = new OneStream<T>();
    try {
      one.stream = await open();
      one.events = one.stream[Symbol.asyncIterator]();
    } catch (error) {
      one.error = error;
    }
    return one;
  }

  /** The next event; nothing at the end. */
  async next(): Promise<T | undefined> {
    try {
      const next = await this.events?.next();
      return next?.done ? undefined : next?.value;
    } catch (error) {
      this.error = error;
      return undefined;
    }
  }

  close(): void {
    this.stream?.close();
  }
}

function isFinal(error: unknown): boolean {
  if (error instanceof GatewayError) return final.includes(error.code);
  const refused = /^Unexpected status response: (\d+)/.exec((error as Error | undefined)?.message ?? "")?.[1];
  // 503 is SERVICE_UNAVAILABLE of Fabric's own status codes.
  return refused !== undefined && refused !== "503";
}

function failureOf(error: unknown, { channel }: EventServices, peers: string[]): ClientError {
  const { message, code } = error as GatewayError;
  return new ClientError({
    code: "REFUSED",
    stage: "events",
    channel,
    peers,
    reason: message,
    grpcCode: code,
    cause: error,
  });
}

/** The position before the first event of a block. */
function before(block: bigint): EventPosition {
  return { blockNumber: block - 1n };
}

/** fabric-gateway reads from the position's block on, after its transaction. */
function toGateway({ blockNumber, txID }: EventPosition): GatewayCheckpoint {
  return {
    getBlockNumber: () => (txID === undefined ? blockNumber + 1n : blockNumber),
    getTransactionId: () => txID,
  };
}
