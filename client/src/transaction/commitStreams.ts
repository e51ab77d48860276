/**
 * Outcomes of transactions from the blocks that peers commit. Where several transactions are under way at a peer, one stream of
 * its blocks takes the place of a question for each transaction: a signature and a call less for the client and for the peer.
 *
 * The stream begins after a block that the peer had committed before the transaction was sent, so the transaction's block is
 * in it. Where it breaks, the peer is asked as usual.
 */
import { status } from "@grpc/grpc-js";
import { GatewayError, type Status } from "@hyperledger/fabric-gateway";
import { peer } from "@hyperledger/fabric-protos";

import type { Peer } from "../peers/peer.ts";

const { VALID } = peer.TxValidationCode;

/** Transactions under way at a peer, from which on a stream is worth its cost. */
const worthwhile = 3;
/** Milliseconds for which a block counts as one of the newest: a stream from there on has little to catch up with. */
const newest = 5000;
/** Milliseconds after which a stream ends that nobody needs. */
const idleTime = 2000;
/** Milliseconds without a stream, after one that broke. */
const restTime = 10_000;

/** A transaction that is about to be sent, and whose commit will be seen. */
export interface Announcement {
  /**
   * The outcome, as soon as the peer has committed the transaction; nothing if there is no stream, or it has broken.
   *
   * @throws GatewayError `DEADLINE_EXCEEDED` when the time is over; the signal's reason when it is aborted
   */
  outcome(deadline: number, signal: AbortSignal | undefined): Promise<Status | undefined>;
  /** Forgets the transaction. */
  end(): void;
}

/** The streams of all peers. */
export class CommitStreams {
  private readonly streams = new WeakMap<Peer, Map<string, CommitStream>>();

  /** Announces a transaction before it is sent by a peer. */
  announce(via: Peer, channel: string, txID: string): Announcement {
    return this.of(via, channel).announce(txID);
  }

  /** Takes note of a block that a peer has just committed. */
  committed(via: Peer, channel: string, blockNumber: bigint): void {
    this.of(via, channel).committed(blockNumber);
  }

  private of(via: Peer, channel: string): CommitStream {
    let channels = this.streams.get(via);
    if (channels === undefined) this.streams.set(via, (channels = new Map()));
    let stream = channels.get(channel);
    if (stream === undefined) channels.set(channel, (stream = new CommitStream(via, channel)));
    return stream;
  }
}

/** The blocks of one channel at one peer. */
class CommitStream {
  /** Transactions that are being sent or wait for their commit. */
  private pending = 0;
  private readonly announced = new Map<string, (outcome: Status | undefined) => void>();
  private latest: { block: bigint; at: number } | undefined;
  private open: AbortController | undefined;
  private idle: NodeJS.Timeout | undefined;
  private restsUntil = 0;

  constructor(
    private readonly peer: Peer,
    private readonly channel: string,
  ) {}

  committed(block: bigint): void {
    if (this.latest === undefined || block >= this.latest.block) this.latest = { block, at: Date.now() };
  }

  announce(txID: string): Announcement {
    this.pending++;
    const { promise, resolve } = Promise.withResolvers<Status | undefined>();
    if (!this.isUsable()) resolve(undefined);
    else {
      this.announced.set(txID, resolve);
      if (this.open === undefined) void this.follow();
    }
    return {
      outcome: (deadline, signal) => inTime(promise, deadline, signal, () => this.open?.abort()),
      end: () => {
        this.pending--;
        if (this.announced.get(txID) === resolve) this.announced.delete(txID);
        this.rest();
      },
    };
  }

  private isUsable(): boolean {
    if (this.open !== undefined) return true;
    const now = Date.now();
    const isNew = this.latest !== undefined && now - this.latest.at < newest;
    return isNew && this.pending >= worthwhile && now >= this.restsUntil && !this.peer.closed.aborted;
  }

  /** Reads blocks until nobody needs them or the stream breaks. */
  private async follow(): Promise<void> {
    const open = (this.open = new AbortController());
    const end = (): void => open.abort();
    this.peer.closed.addEventListener("abort", end, { once: true });
    try {
      const startBlock = this.latest!.block + 1n;
      const request = this.peer.gateway.getNetwork(this.channel).newFilteredBlockEventsRequest({ startBlock });
      for await (const block of await request.getEvents({ signal: open.signal } as object)) this.read(block);
    } catch {
      // Whoever waits asks, and sees what is wrong.
    } finally {
      if (!open.signal.aborted) this.restsUntil = Date.now() + restTime;
      this.peer.closed.removeEventListener("abort", end);
      this.open = undefined;
      for (const resolve of this.announced.values()) resolve(undefined);
      this.announced.clear();
    }
  }

  private read(block: peer.FilteredBlock): void {
    const blockNumber = BigInt(block.getNumber());
    this.committed(blockNumber);
    for (const transaction of block.getFilteredTransactionsList()) {
      const txID = transaction.getTxid();
      const resolve = this.announced.get(txID);
      if (resolve === undefined) continue;
      this.announced.delete(txID);
      const code = transaction.getTxValidationCode() as Status["code"];
      resolve({ transactionId: txID, blockNumber, code, successful: (code as number) === VALID });
    }
  }

  /** Ends the stream when nobody has needed it for a while. */
  private rest(): void {
    if (this.open === undefined || this.announced.size > 0 || this.idle !== undefined) return;
    this.idle = setTimeout(() => {
      this.idle = undefined;
      if (this.announced.size === 0) this.open?.abort();
    }, idleTime);
  }
}

/**
 * @param onLate - called when the time is over: a stream that has fallen silent is not told from one without news
 */
function inTime<T>(
  outcome: Promise<T>,
  deadline: number,
  signal: AbortSignal | undefined,
  onLate: () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    const abort = (): void => {
      end();
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      end();
      onLate();
      reject(late());
    }, deadline - Date.now());
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) abort();
    void outcome.then((value) => {
      end();
      resolve(value);
    });
  });
}

/** The failure of a question that got no answer in time. */
function late(): GatewayError {
  const details = "the peer has not committed the transaction in time";
  const code = status.DEADLINE_EXCEEDED;
  const cause = Object.assign(new Error(details), { code, details, metadata: undefined as never });
  return new GatewayError({ code, details: [], cause, message: `${code} DEADLINE_EXCEEDED: ${details}` });
}
