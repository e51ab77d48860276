/** The calls of Fabric's Gateway service, each tried by the table in outcomes.ts. */
import { GatewayError, type Proposal, type Status, type Transaction } from "@hyperledger/fabric-gateway";
import { gateway } from "@hyperledger/fabric-protos";

import type { Connection } from "../configuration/configurationFile.ts";
import type { ClientErrorCode } from "../errors.ts";
import { serializedIdentity } from "../identity/identity.ts";
import { callOptions, type Peer } from "../peers/peer.ts";
import type { PeerPool } from "../peers/peerPool.ts";
import type { Telemetry } from "../telemetry.ts";
import type { CallState } from "./callState.ts";
import { type Announcement, CommitStreams } from "./commitStreams.ts";
import { shortTries, type Step, verdictOn } from "./outcomes.ts";

/** What a proposal says, beside its function. */
export interface ProposalContent {
  arguments: (string | Uint8Array)[];
  transientData?: Record<string, string | Uint8Array>;
  endorsingOrganizations?: string[];
}

/** A transaction with its signature, as it is stored and sent. */
export interface SignedTransaction {
  txID: string;
  /** A serialized `gateway.PreparedTransaction`. */
  bytes: Uint8Array;
  /** What the chaincode answered. */
  result: Buffer;
}

const timeoutOf = {
  evaluate: "evaluate",
  endorse: "endorse",
  submit: "submit",
  "commit status": "commitStatus",
} as const;

/** Makes the calls, over the peers of a pool. */
export class GatewayCalls {
  private readonly streams = new CommitStreams();

  constructor(
    private readonly pool: PeerPool,
    private readonly telemetry: Telemetry,
    private readonly connection: () => Connection,
  ) {}

  /** The answer of a chaincode's function, which is evaluated on one peer. */
  async evaluate(state: CallState, content: ProposalContent): Promise<Buffer> {
    const proposal = await this.proposal(state, content);
    const { result } = await this.persistently("evaluate", state, (via, options) => proposal(via).evaluate(options));
    return Buffer.from(result);
  }

  /** A transaction that enough peers have endorsed, signed; and the peer that collected the endorsements. */
  async endorse(state: CallState, content: ProposalContent): Promise<{ transaction: SignedTransaction; via: Peer }> {
    const proposal = await this.proposal(state, content);
    const { result: unsigned, via } = await this.persistently("endorse", state, (via, options) =>
      proposal(via).endorse(options),
    );
    return { transaction: await this.signed(state, unsigned, via), via };
  }

  /** Sends a transaction to the orderers, by a peer. */
  async submit(state: CallState, { bytes }: SignedTransaction, via: Peer): Promise<void> {
    await this.once("submit", state, via, ({ gateway }, options) => gateway.newTransaction(bytes).submit(options));
  }

  /** Says that the state's transaction is about to be sent by a peer, which may then tell its outcome without being asked. */
  announce(state: CallState, via: Peer): Announcement | undefined {
    return this.streams.announce(via, state.subject.channel, state.txID!);
  }

  /** The outcome of the state's transaction, as soon as a peer has committed it. */
  commitStatus(state: CallState, via: Peer, timeout = Infinity, announcement?: Announcement): Promise<Status> {
    const { channel } = state.subject;
    return this.once(
      "commit status",
      state,
      via,
      async (peer, options) => {
        const known = await announcement?.outcome(options.deadline, state.signal);
        if (known !== undefined) return known;
        const commit = peer.gateway.newCommit(this.commitRequest(state));
        return this.streams.during(peer, channel, () => commit.getStatus(options));
      },
      timeout,
    );
  }

  /** Takes note of a block that a peer has just committed. */
  committed(state: CallState, via: Peer, blockNumber: bigint): void {
    this.streams.committed(via, state.subject.channel, blockNumber);
  }

  /** The next peer for a call, best one that it has not been to. */
  pick(state: CallState): Peer {
    return this.pool.pick(state.peers);
  }

  /** Whether there is another peer that is well and was not called. */
  isOtherWell(state: CallState): boolean {
    return this.pool.isOtherWell(state.peers);
  }

  /** Makes one call to one peer, and counts it; to another peer, if that has left the organization since it was picked. */
  private async once<T>(
    step: Step,
    state: CallState,
    picked: Peer,
    work: (peer: Peer, options: ReturnType<typeof callOptions>) => Promise<T>,
    longest = Infinity,
  ): Promise<T> {
    const peer = picked.closed.aborted ? this.pick(state) : picked;
    const timeout = Math.min(longest, state.timeLeft(timeoutOf[step]));
    state.peers.push(peer.address);
    const isPeerFault = (error: unknown): boolean =>
      error instanceof GatewayError && !state.signal?.aborted && verdictOn(step, error).isPeerFault;
    const call = () => work(peer, callOptions({ timeout, signal: state.signal }));
    return this.telemetry.stage(step, peer.address, state.within, () => this.pool.during(peer, call, isPeerFault));
  }

  /** Makes a call that orders nothing, to one peer after the other, as long as that may help. */
  private async persistently<T>(
    step: "evaluate" | "endorse",
    state: CallState,
    work: (via: Peer, options: ReturnType<typeof callOptions>) => Promise<T>,
  ): Promise<{ result: T; via: Peer }> {
    let short = 0;
    let last: { code: ClientErrorCode; error: GatewayError } | undefined;
    for (let failures = 1; ; failures++) {
      state.throwIfOver(step);
      const via = this.pick(state);
      try {
        return { result: await this.once(step, state, via, work), via };
      } catch (error) {
        state.throwIfAborted(step);
        if (!(error instanceof GatewayError)) {
          throw state.error("REFUSED", step, { reason: (error as Error).message, cause: error });
        }
        const { action, code } = verdictOn(step, error);
        if (action === "fail" || (action === "shortly" && ++short >= shortTries))
          throw state.failure(code, step, error);
        // A try that the end of the call cuts off says less than the one before.
        if (last === undefined || code !== "TIMEOUT" || !state.isOver) last = { code, error };
        this.telemetry.retry(step, code);
        const isFree = action === "another peer" && this.isOtherWell(state);
        if (!isFree) await state.wait(failures);
        if (state.isOver) throw state.failure(last.code, step, last.error);
      }
    }
  }

  /** A signed proposal, for any peer. Sets the call's transaction. */
  private async proposal(state: CallState, content: ProposalContent): Promise<(via: Peer) => Proposal> {
    const { channel, chaincode, functionName } = state.subject;
    const { gateway } = this.pool.any;
    const unsigned = gateway.getNetwork(channel).getContract(chaincode!).newProposal(functionName!, content);
    state.txID = unsigned.getTransactionId();
    const signature = await this.sign(state, unsigned.getDigest());
    const bytes = unsigned.getBytes();
    return (via) => via.gateway.newSignedProposal(bytes, signature);
  }

  private async signed(state: CallState, unsigned: Transaction, { gateway }: Peer): Promise<SignedTransaction> {
    const signature = await this.sign(state, unsigned.getDigest());
    const bytes = gateway.newSignedTransaction(unsigned.getBytes(), signature).getBytes();
    return { txID: unsigned.getTransactionId(), bytes, result: Buffer.from(unsigned.getResult()) };
  }

  private async sign(state: CallState, message: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.connection().signer.sign(message);
    } catch (cause) {
      const reason = `the signer failed, so nothing was sent: ${(cause as Error).message}`;
      throw state.error("SIGNER", "endorse", { reason, cause });
    }
  }

  private commitRequest(state: CallState): Uint8Array {
    const request = new gateway.CommitStatusRequest();
    request.setChannelId(state.subject.channel);
    request.setTransactionId(state.txID!);
    request.setIdentity(serializedIdentity(this.connection().signer));
    const unsigned = new gateway.SignedCommitStatusRequest();
    unsigned.setRequest(request.serializeBinary());
    return unsigned.serializeBinary();
  }
}
