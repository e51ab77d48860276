/** The client: calls functions of chaincode by their names, whatever fails. */
import type { ConfigurationSource, Connection } from "./configuration/configurationFile.ts";
import { type ClientError, isClientError } from "./errors.ts";
import type { BlockEvent } from "./events/block.ts";
import { type EventKind, type EventOptions, readEvents } from "./events/eventStream.ts";
import { blockEvents, type ChaincodeEvent, chaincodeEvents, heightOf } from "./events/kinds.ts";
import {
  type Argument,
  type CallOptions,
  checkCall,
  checkTimeouts,
  contentOf,
  subjectOf,
  type SubmitOptions,
  timeoutsOf,
} from "./options.ts";
import type { PeerState } from "./peers/peer.ts";
import { PeerPool } from "./peers/peerPool.ts";
import { Topology } from "./peers/topology.ts";
import { Telemetry } from "./telemetry.ts";
import { CallSignals } from "./transaction/callSignals.ts";
import { CallState, type CallSubject } from "./transaction/callState.ts";
import { GatewayCalls, type ProposalContent, type SignedTransaction } from "./transaction/gatewayCalls.ts";
import { Limiter, type NoTurn } from "./transaction/limiter.ts";
import { noTurn } from "./transaction/noTurn.ts";
import { verdictOnValidation } from "./transaction/outcomes.ts";
import { Settling } from "./transaction/settling.ts";
import { type Committed, fingerprintOf, keyOfAnother, Submission } from "./transaction/submission.ts";
import { SubmittedTransaction } from "./transaction/submittedTransaction.ts";
import { type Resumed, statusOf, type TransactionStatus } from "./transaction/transactionStatus.ts";
import type { StoredTransaction, TransactionStore } from "./transaction/transactionStore.ts";

/** A call under way, with its idempotency key. */
interface RunningCall {
  subject: CallSubject;
  fingerprint: string;
  submitted: Promise<SubmittedTransaction>;
}

/**
 * Calls functions of chaincode. Made by {@link connect}; one client serves a whole process.
 *
 * @example
 * ```js
 * import { connect } from "@baas/client";
 *
 * const client = await connect();
 * await client.submit("CreateAsset", ["asset1", "alice"]);
 * await client.submit("TransferAsset", ["asset1", "bob"]);
 * console.log(JSON.parse(String(await client.evaluate("ReadAsset", ["asset1"]))).owner); // bob
 * client.close();
 * ```
 */
export class BlockchainClient {
  private readonly telemetry = new Telemetry();
  private readonly pool: PeerPool;
  private readonly calls: GatewayCalls;
  private readonly limiter: Limiter;
  private readonly topology: Topology;
  private readonly running = new Map<string, RunningCall>();
  private readonly signals = new CallSignals();

  /** @internal */
  constructor(
    source: ConfigurationSource,
    private connection: Connection,
    private readonly store: TransactionStore,
  ) {
    const { configuration } = connection;
    this.pool = new PeerPool(connection, configuration.peers, {
      ejected: (peer) => this.telemetry.peerChanged(peer, "ejected"),
      returned: (peer) => this.telemetry.peerChanged(peer, "returned"),
    });
    this.calls = new GatewayCalls(this.pool, this.telemetry, () => this.connection);
    this.limiter = new Limiter(configuration, this.telemetry);
    this.topology = new Topology(source, connection, this.pool, (changed) => {
      this.connection = changed;
      this.limiter.update(changed.configuration);
    });
    void this.topology.follow();
  }

  /**
   * Calls a function that only reads, on one peer. `String(result)` and `JSON.parse(String(result))` read the result.
   *
   * @param functionName - name of the chaincode's function
   * @param args - its arguments
   * @param options - what differs from the configuration
   * @throws ClientError
   *
   * @example
   * ```js
   * const asset = JSON.parse(String(await client.evaluate("ReadAsset", ["asset1"])));
   * console.log(asset.owner); // alice
   * ```
   */
  async evaluate(functionName: string, args: readonly Argument[] = [], options: CallOptions = {}): Promise<Buffer> {
    checkCall(functionName, args, options);
    const subject = subjectOf(functionName, options, this.connection.configuration);
    return this.inTurn("evaluate", subject, options, (state) =>
      this.calls.evaluate(state, contentOf(args, options, this.connection.configuration)),
    );
  }

  /**
   * Calls a function that writes, and waits until its transaction is committed.
   *
   * @param functionName - name of the chaincode's function
   * @param args - its arguments
   * @param options - what differs from the configuration
   * @throws ClientError with `code`, `stage` and `txID`. Only if `isOutcomeUnknown` may the transaction still be committed.
   *
   * @example
   * ```js
   * const { blockNumber, attempts } = await client.submit("TransferAsset", ["asset1", "bob"], {
   *   idempotencyKey: "order 4711",
   *   endorsingOrganizations: ["Org1MSP"],
   *   timeouts: { total: 60_000 },
   *   signal: AbortSignal.timeout(90_000),
   * });
   * console.log(blockNumber, attempts); // 2n 1
   * ```
   */
  async submit(functionName: string, args: readonly Argument[] = [], options: SubmitOptions = {}): Promise<Committed> {
    const { submitted, isJoined } = this.begin(functionName, args, options);
    // A call of its own ends by its signal, and says at which stage.
    return (await submitted).wait(isJoined ? { signal: options.signal } : {});
  }

  /**
   * Calls a function that writes, and does not wait until its transaction is committed. Resolves when it was sent to the
   * orderers. The client goes on with it until its outcome is known.
   *
   * @param functionName - name of the chaincode's function
   * @param args - its arguments
   * @param options - what differs from the configuration; the signal ends the client's work on it, too
   * @throws ClientError when nothing was sent
   *
   * @example
   * ```js
   * const transaction = await client.submitAsync("TransferAsset", ["asset1", "bob"]);
   * console.log(transaction.status().state); // pending
   * const { blockNumber } = await transaction.wait();
   * console.log(blockNumber); // 2n
   * ```
   */
  async submitAsync(
    functionName: string,
    args: readonly Argument[] = [],
    options: SubmitOptions = {},
  ): Promise<SubmittedTransaction> {
    return this.begin(functionName, args, options).submitted;
  }

  /**
   * Asks what became of a transaction.
   *
   * @param txID - its ID
   * @param options - its channel; and how long to wait for it, in milliseconds: 10 seconds by default
   * @returns nothing if no peer reports it in that time. It may be committed later.
   * @throws ClientError if the peers refuse to say
   *
   * @example
   * ```js
   * const { txID } = await client.submit("TransferAsset", ["asset1", "bob"]);
   * console.log((await client.transactionStatus(txID))?.validationCode); // VALID
   * ```
   */
  async transactionStatus(
    txID: string,
    options: { channel?: string; timeout?: number; signal?: AbortSignal } = {},
  ): Promise<TransactionStatus | undefined> {
    const { channel = this.connection.configuration.channel, timeout: total = 10_000, signal } = options;
    checkTimeouts({ total });
    let isOver = false;
    const asking = this.inTurn("status", { channel }, { timeouts: { total }, signal }, async (state) => {
      state.txID = txID;
      try {
        return await new Settling(this.calls, this.telemetry, state).ask(undefined, this.pool.any);
      } finally {
        isOver = state.isOver;
      }
    });
    try {
      return statusOf(await asking);
    } catch (error) {
      if (isOver && isClientError(error) && error.code === "OUTCOME_UNKNOWN") return undefined;
      throw error;
    }
  }

  /**
   * Settles transactions that an earlier process has stored and left, such as one that was killed. Call it once, before other
   * calls.
   *
   * @returns what became of each
   *
   * @example
   * ```js
   * import { connect, FileStore } from "@baas/client";
   *
   * const client = await connect("blockchain_client.yaml", { store: new FileStore("transactions") });
   * for (const { key, status, error } of await client.resume()) {
   *   console.log(key, error ? error.message : status.validationCode);
   * }
   * client.close();
   * ```
   */
  async resume(): Promise<Resumed[]> {
    return Promise.all((await this.store.pending()).map((stored) => this.settle(stored)));
  }

  /**
   * Events that a chaincode sets, as long as one asks for them. After a break they go on at another peer, with the event after
   * the last one. The stream ends with the signal, and with the client.
   *
   * @param options - where to begin, and where to keep how far the reader has come
   * @throws ClientError `REFUSED` if the peers refuse to send them
   *
   * @example
   * ```js
   * import { FileCheckpoint } from "@baas/client";
   *
   * const checkpoint = new FileCheckpoint("events.json");
   * for await (const { name, payload } of client.chaincodeEvents({ startBlock: 0, checkpoint })) {
   *   console.log(name, String(payload)); // CreateAsset asset1,alice
   *   break;
   * }
   * ```
   */
  chaincodeEvents(
    options: EventOptions & { chaincode?: string } = {},
  ): AsyncGenerator<ChaincodeEvent, void, undefined> {
    const { channel, chaincode } = subjectOf("chaincodeEvents", options, this.connection.configuration);
    return this.events(
      chaincodeEvents(channel, chaincode!, () => this.nextBlock(channel)),
      channel,
      options,
    );
  }

  /**
   * Blocks of a channel, as {@link BlockchainClient.chaincodeEvents}.
   *
   * @param options - where to begin, and where to keep how far the reader has come
   * @throws ClientError `REFUSED` if the peers refuse to send them
   *
   * @example
   * ```js
   * for await (const { blockNumber, transactions } of client.blockEvents({ startBlock: 1 })) {
   *   console.log(blockNumber, transactions.length); // 1n 1
   *   break;
   * }
   * ```
   */
  blockEvents(options: EventOptions = {}): AsyncGenerator<BlockEvent, void, undefined> {
    const { channel = this.connection.configuration.channel } = options;
    return this.events(
      blockEvents(channel, () => this.nextBlock(channel)),
      channel,
      options,
    );
  }

  /**
   * The gateway peers, and how they are doing.
   *
   * @example
   * ```js
   * for (const { address, state } of client.peers()) console.log(`${address} is ${state}`);
   * ```
   */
  peers(): PeerState[] {
    return this.pool.states;
  }

  /** Ends all calls and connections. Transactions that were sent may still be committed, and stay in the store. */
  close(): void {
    this.signals.close(new Error("the client was closed"));
    this.limiter.close();
    this.topology.stop();
    this.pool.close();
  }

  /** Lets `using` close the client. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Starts a call that writes, or joins the one with its idempotency key. */
  private begin(functionName: string, args: readonly Argument[], options: SubmitOptions) {
    checkCall(functionName, args, options);
    const subject = subjectOf(functionName, options, this.connection.configuration);
    const content = contentOf(args, options, this.connection.configuration);
    const { idempotencyKey: key } = options;
    const call = { subject, content, fingerprint: fingerprintOf(subject, content) };
    const { fingerprint } = call;
    if (key === undefined) return { submitted: this.start(call, options), isJoined: false };
    const same = this.running.get(key);
    if (same !== undefined) {
      if (same.fingerprint !== fingerprint) throw keyOfAnother(subject, same.subject.functionName);
      return { submitted: same.submitted, isJoined: true };
    }
    const submitted = this.start(call, options, () => void this.running.delete(key));
    this.running.set(key, { subject, fingerprint, submitted });
    return { submitted, isJoined: false };
  }

  /** Starts a call that writes; resolves when it was sent. */
  private async start(
    { subject, content, fingerprint }: { subject: CallSubject; content: ProposalContent; fingerprint: string },
    options: SubmitOptions,
    onEnd: () => void = () => {},
  ): Promise<SubmittedTransaction> {
    const { calls, telemetry, store } = this;
    let latest: Pick<Committed, "txID" | "result"> = { txID: "", result: Buffer.alloc(0) };
    const sent = Promise.withResolvers<void>();
    const onSent = (transaction: SignedTransaction): void => {
      latest = transaction;
      sent.resolve();
    };
    const outcome = this.inTurn("submit", subject, options, async (state) => {
      const read = (bytes: Uint8Array): SignedTransaction => this.read(bytes);
      const call = { content, fingerprint, idempotencyKey: options.idempotencyKey };
      const committed = await new Submission({ calls, telemetry, store, read }, state, call, onSent).run();
      latest = committed;
      return committed;
    }).finally(onEnd);
    outcome.then(() => sent.resolve(), sent.reject);
    await sent.promise;
    return new SubmittedTransaction(() => latest, outcome);
  }

  /** Runs a call when it is its turn, and records it. */
  private inTurn<T>(
    operation: string,
    subject: CallSubject,
    options: Pick<CallOptions, "timeouts" | "signal">,
    work: (state: CallState) => Promise<T>,
  ): Promise<T> {
    const about = {
      "blockchain.channel": subject.channel,
      ...(subject.chaincode && { "blockchain.chaincode": subject.chaincode }),
      ...(subject.functionName && { "blockchain.function": subject.functionName }),
    };
    const { configuration } = this.connection;
    const timeouts = timeoutsOf(options, configuration);
    return this.signals.during(options.signal, (signal) =>
      this.telemetry.call(operation, about, (within) => {
        const state = new CallState(subject, timeouts, configuration.backOff, signal, within);
        const { deadline } = state;
        const onNoTurn = (reason: NoTurn): ClientError => noTurn(reason, state, configuration);
        return this.limiter
          .run(() => work(state), { deadline, signal, onNoTurn })
          .finally(() => this.telemetry.identify(within, state.txID));
      }),
    );
  }

  private events<T>(kind: EventKind<T>, channel: string, options: EventOptions): AsyncGenerator<T, void, undefined> {
    const { pool, telemetry } = this;
    const { backOff } = this.connection.configuration;
    const signal = AbortSignal.any([this.signals.closed, ...(options.signal ? [options.signal] : [])]);
    return readEvents(kind, options, { pool, telemetry, backOff, channel, signal });
  }

  private async nextBlock(channel: string): Promise<bigint> {
    return heightOf(await this.evaluate("GetChainInfo", [channel], { channel, chaincode: "qscc" }));
  }

  private async settle(stored: StoredTransaction): Promise<Resumed> {
    const { key, txID, channel, chaincode, functionName, transaction, hasIdempotencyKey } = stored;
    try {
      const status = await this.inTurn("resume", { channel, chaincode, functionName }, {}, (state) => {
        state.txID = txID;
        return new Settling(this.calls, this.telemetry, state).ask(this.read(transaction), this.pool.any);
      });
      const { blockNumber, code } = status;
      const isKept = hasIdempotencyKey && verdictOnValidation(code) === undefined;
      if (isKept) await this.store.save({ ...stored, committed: { blockNumber } }, txID);
      else await this.store.remove(key, txID);
      return { key, status: statusOf(status) };
    } catch (error) {
      if (!isClientError(error)) throw error;
      return { key, error };
    }
  }

  private read(bytes: Uint8Array): SignedTransaction {
    const transaction = this.pool.any.gateway.newTransaction(bytes);
    return { txID: transaction.getTransactionId(), bytes, result: Buffer.from(transaction.getResult()) };
  }
}
