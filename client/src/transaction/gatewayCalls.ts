/** The calls of Fabric's Gateway service, each tried by the table in outcomes.ts. */
import { GatewayError, type Proposal, type Status, type Transaction } from "@hyperledger/fabric-gateway";
import { common, gateway } from "@hyperledger/fabric-protos";

import type { Connection } from "../configuration/configurationFile.ts";
import type { ClientError, ClientErrorCode } from "../errors.ts";
import { serializedIdentity, type Signer, SignerFailure } from "../identity/identity.ts";
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
  /** The same as this process has got it from a peer, which spares reading the bytes where it is sent by that peer. */
  endorsed?: { transaction: Transaction; via: Peer };
}

const timeoutOf = {
  evaluate: "evaluate",
  endorse: "endorse",
  submit: "submit",
  "commit status": "commitStatus",
} as const;

/** The share of a call's time after which another peer is asked, too. */
const patienceShare = 6;

/** Makes the calls, over the peers of a pool. */
export class GatewayCalls {
  private readonly streams = new CommitStreams();
  private serialized: { signer: Signer; identity: Uint8Array } | undefined;

  constructor(
    private readonly pool: PeerPool,
    private readonly telemetry: Telemetry,
    private readonly connection: () => Connection,
  ) {}

  /** The answer of a chaincode's function, which is evaluated on one peer. */
  async evaluate(state: CallState, content: ProposalContent): Promise<Buffer> {
    const proposal = this.proposal(state, content);
    const { result } = await this.persistently("evaluate", state, (via, options) => proposal(via).evaluate(options));
    return Buffer.from(result);
  }

  /** A transaction that enough peers have endorsed, signed; and the peer that collected the endorsements. */
  async endorse(state: CallState, content: ProposalContent): Promise<{ transaction: SignedTransaction; via: Peer }> {
    const proposal = this.proposal(state, content);
    const { result: endorsed, via } = await this.persistently("endorse", state, (via, options) =>
      proposal(via).endorse(options),
    );
    return { transaction: await this.signed(state, endorsed, via), via };
  }

  /** Sends a transaction to the orderers, by a peer. */
  async submit(state: CallState, { bytes, endorsed }: SignedTransaction, via: Peer): Promise<void> {
    await this.once("submit", state, via, (peer, options) =>
      (endorsed?.via === peer ? endorsed.transaction : peer.gateway.newTransaction(bytes)).submit(options),
    );
  }

  /** Says that the state's transaction is about to be sent by a peer, which may then tell its outcome without being asked. */
  announce(state: CallState, via: Peer): Announcement {
    return this.streams.announce(via, state.subject.channel, state.txID!);
  }

  /** The outcome of the state's transaction, as soon as a peer has committed it. */
  commitStatus(state: CallState, via: Peer, timeout = Infinity, announcement?: Announcement): Promise<Status> {
    return this.once(
      "commit status",
      state,
      via,
      async (peer, options) => {
        const known = await announcement?.outcome(options.deadline, state.signal);
        if (known !== undefined) return known;
        const commit = peer.gateway.newCommit(this.commitRequest(state));
        return commit.getStatus(options);
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
    // Whoever gives up waiting says nothing about the peer.
    const isPeerFault = (error: unknown): boolean | undefined =>
      state.signal?.aborted ? undefined : error instanceof GatewayError && verdictOn(step, error).isPeerFault;
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
      try {
        return await this.soon(step, state, work);
      } catch (error) {
        state.throwIfAborted(step);
        if (error instanceof SignerFailure) throw signerFailed(state, error);
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

  /**
   * Makes a call that orders nothing to a peer. Where that does not answer for a while, another one is asked, too, and the first
   * answer counts: a peer that has fallen silent holds nobody up for as long as a function may take.
   */
  private async soon<T>(
    step: "evaluate" | "endorse",
    state: CallState,
    work: (via: Peer, options: ReturnType<typeof callOptions>) => Promise<T>,
  ): Promise<{ result: T; via: Peer }> {
    const ask = async (via: Peer) => ({ result: await this.once(step, state, via, work), via });
    const first = this.pick(state);
    const answer = ask(first);
    const isSlow = await isLate(answer, state.timeLeft(step) / patienceShare);
    if (!isSlow || !this.isOtherWell(state)) return answer;
    const other = ask(this.pick(state));
    const orElse = (instead: typeof answer) => (error: unknown) => {
      const isFinal = !(error instanceof GatewayError) || verdictOn(step, error).action === "fail";
      return isFinal ? Promise.reject(error as Error) : instead;
    };
    const sooner = await Promise.race([answer.catch(orElse(other)), other.catch(orElse(answer))]);
    if (sooner.via !== first) this.pool.report(first, false);
    return sooner;
  }

  /** A proposal, for any peer: it is made and signed for the first one. Sets the call's transaction. */
  private proposal(state: CallState, content: ProposalContent): (via: Peer) => Proposal {
    const { channel, chaincode, functionName } = state.subject;
    let first: Proposal | undefined;
    return ({ gateway }) => {
      if (first !== undefined) return gateway.newProposal(first.getBytes());
      first = gateway.getNetwork(channel).getContract(chaincode!).newProposal(functionName!, content);
      state.txID = first.getTransactionId();
      return first;
    };
  }

  private async signed(state: CallState, transaction: Transaction, via: Peer): Promise<SignedTransaction> {
    // Nothing is hashed before the signer, so this is the payload itself.
    const payload = transaction.getDigest();
    const envelope = new common.Envelope();
    envelope.setPayload(payload);
    try {
      envelope.setSignature(await via.sign(payload));
    } catch (error) {
      throw signerFailed(state, error);
    }
    const prepared = new gateway.PreparedTransaction();
    prepared.setTransactionId(transaction.getTransactionId());
    prepared.setEnvelope(envelope);
    return {
      txID: transaction.getTransactionId(),
      bytes: prepared.serializeBinary(),
      result: Buffer.from(transaction.getResult()),
      endorsed: { transaction, via },
    };
  }

  private creator(): Uint8Array {
    const { signer } = this.connection();
    if (this.serialized?.signer !== signer) this.serialized = { signer, identity: serializedIdentity(signer) };
    return this.serialized.identity;
  }

  private commitRequest(state: CallState): Uint8Array {
    const request = new gateway.CommitStatusRequest();
    request.setChannelId(state.subject.channel);
    request.setTransactionId(state.txID!);
    request.setIdentity(this.creator());
    const unsigned = new gateway.SignedCommitStatusRequest();
    unsigned.setRequest(request.serializeBinary());
    return unsigned.serializeBinary();
  }
}

/** Whether something is not settled within a time, in milliseconds. */
function isLate(work: Promise<unknown>, time: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), time);
    const end = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    work.then(end, end);
  });
}

/** A signer's failure, which ends the call. */
function signerFailed(state: CallState, error: unknown): ClientError {
  const cause = error instanceof SignerFailure ? error.cause : error;
  const reason = `the signer failed, so nothing was sent: ${(cause as Error).message}`;
  return state.error("SIGNER", "endorse", { reason, cause });
}
