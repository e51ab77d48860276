/**
 * Sends a signed transaction until its outcome is known. A time-out is not an end: another peer is asked for the outcome, and
 * the same transaction is sent again. Peers commit a transaction once, however often it is ordered.
 */
import { status } from "@grpc/grpc-js";
import { GatewayError, type Status } from "@hyperledger/fabric-gateway";

import type { Peer } from "../peers/peer.ts";
import type { Telemetry } from "../telemetry.ts";
import type { CallState } from "./callState.ts";
import type { Announcement } from "./commitStreams.ts";
import type { GatewayCalls, SignedTransaction } from "./gatewayCalls.ts";
import { isLaterCopy, verdictOn } from "./outcomes.ts";

/** Milliseconds for a question after an answer was lost: the transaction is on its way, or will not come. */
const quickQuestion = 2000;

/** Settles one transaction. */
export class Settling {
  /** `unsent`: surely not ordered. `unknown`: an answer was lost. `ordered`: an orderer has it. */
  private sent: "unsent" | "unknown" | "ordered" = "unsent";
  private failures = 0;
  /** Whether the transaction was sent just now, so that its block is one of the newest. */
  private isNew = false;

  /**
   * @param onSent - called when the transaction was sent for the first time, with success or without an answer
   */
  constructor(
    private readonly calls: GatewayCalls,
    private readonly telemetry: Telemetry,
    private readonly state: CallState,
    private readonly onSent: () => void = () => {},
  ) {}

  /**
   * The outcome of a transaction that was not sent before.
   *
   * @param via - the peer to begin with
   * @throws ClientError when it was refused; nothing was ordered then
   * @throws ClientError `OUTCOME_UNKNOWN` or `ABORTED` when it may have been ordered
   */
  async send(transaction: SignedTransaction, via: Peer): Promise<Status> {
    const announcement = this.calls.announce(this.state, via);
    try {
      const peer = await this.sendFirst(transaction, via);
      this.isNew = true;
      return await this.ask(transaction, peer, peer === via ? announcement : undefined);
    } finally {
      announcement.end();
    }
  }

  /** The outcome of a transaction that may have been sent, by this process or an earlier one. */
  async ask(transaction: SignedTransaction | undefined, via: Peer, announcement?: Announcement): Promise<Status> {
    if (this.sent === "unsent") this.sent = "unknown";
    let peer = this.sent === "ordered" ? via : this.calls.pick(this.state);
    for (let questions = 0; ; questions++) {
      this.state.throwIfOver("commit status", "OUTCOME_UNKNOWN");
      const isQuick = this.sent === "unknown" && transaction !== undefined;
      let isMissing = false;
      try {
        const seen = questions === 0 && peer === via ? announcement : undefined;
        const answer = await this.calls.commitStatus(this.state, peer, isQuick ? quickQuestion : undefined, seen);
        if (this.isNew) this.calls.committed(this.state, peer, answer.blockNumber);
        if (!isLaterCopy(answer.code)) return answer;
      } catch (error) {
        isMissing = this.isMissing(error);
      }
      peer = this.calls.pick(this.state);
      if (isMissing && transaction !== undefined) await this.sendAgain(transaction, peer);
      await this.wait();
    }
  }

  /** Sends until a peer takes it, or does not answer. */
  private async sendFirst(transaction: SignedTransaction, via: Peer): Promise<Peer> {
    for (let peer = via; ; peer = this.calls.pick(this.state)) {
      this.state.throwIfOver("endorse");
      this.sent = await this.trySending(transaction, peer);
      if (this.sent !== "unsent") {
        this.onSent();
        return peer;
      }
      await this.wait();
    }
  }

  private async trySending(transaction: SignedTransaction, peer: Peer): Promise<"unsent" | "unknown" | "ordered"> {
    try {
      await this.calls.submit(this.state, transaction, peer);
      return "ordered";
    } catch (error) {
      const { action, code } = this.verdict("submit", error);
      if (action === "fail") throw this.state.failure(code, "submit", error as GatewayError);
      return action === "ask" ? "unknown" : "unsent";
    }
  }

  /** Sends what was sent before. Whether it is taken or refused, an earlier copy may be committed. */
  private async sendAgain(transaction: SignedTransaction, peer: Peer): Promise<void> {
    this.telemetry.retry("submit", "OUTCOME_UNKNOWN");
    this.state.throwIfOver("submit", "OUTCOME_UNKNOWN");
    try {
      await this.calls.submit(this.state, transaction, peer);
      this.sent = "ordered";
    } catch (error) {
      this.verdict("submit", error);
    }
  }

  /**
   * Whether a transaction may never have been ordered, by the failure of a question for its outcome. A peer that is gone or
   * overloaded says nothing about one that an orderer has taken.
   *
   * @throws ClientError after an answer that makes another question of no use
   */
  private isMissing(error: unknown): boolean {
    const { action } = this.verdict("commit status", error);
    const { code } = error as GatewayError;
    if (action !== "fail") return this.sent === "unknown" || code === status.DEADLINE_EXCEEDED;
    const remedy = "The transaction may be committed: ask for its status by its ID.";
    throw this.state.failure("OUTCOME_UNKNOWN", "commit status", error as GatewayError, remedy);
  }

  private verdict(step: "submit" | "commit status", error: unknown) {
    this.state.throwIfAborted(step);
    if (!(error instanceof GatewayError))
      throw this.state.error("OUTCOME_UNKNOWN", step, { reason: (error as Error).message, cause: error });
    this.state.lastError = error;
    return verdictOn(step, error);
  }

  private wait(): Promise<void> {
    return this.state.wait(++this.failures);
  }
}
