/** A call under way: what it is about, how long it may take, and what has happened so far. */
import type { GatewayError } from "@hyperledger/fabric-gateway";
import type { Context } from "@opentelemetry/api";

import type { BackOff, Timeouts } from "../configuration/schema.ts";
import { ClientError, type ClientErrorCode, type Stage } from "../errors.ts";
import { backOffTime, pause } from "./waiting.ts";

/** Milliseconds that a call may take at most: timers of Node hold some more. */
const longest = 24 * 24 * 3_600_000;

/** What a call is about. */
export interface CallSubject {
  channel: string;
  chaincode?: string;
  functionName?: string;
}

/** The state of one call. */
export class CallState {
  /** The transaction at hand. */
  txID?: string;
  /** Addresses of the peers that were called, in order. */
  readonly peers: string[] = [];
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** The last failure that was followed by another try. */
  lastError?: GatewayError;

  constructor(
    readonly subject: CallSubject,
    readonly timeouts: Timeouts,
    private readonly backOff: BackOff,
    readonly signal: AbortSignal | undefined,
    /** The call's span. */
    readonly within: Context,
  ) {
    this.deadline = Date.now() + Math.min(timeouts.total, longest);
  }

  /** Milliseconds that are left for a try of a stage. */
  timeLeft(stage: Exclude<keyof Timeouts, "total">): number {
    return Math.min(this.timeouts[stage], this.deadline - Date.now());
  }

  get isOver(): boolean {
    return Date.now() >= this.deadline;
  }

  /**
   * Waits before another try, but not longer than the call may take.
   *
   * @param failures - tries that have failed, from 1
   */
  wait(failures: number): Promise<void> {
    return pause(backOffTime(failures, this.backOff), this.deadline, this.signal);
  }

  /** Ends a call that was aborted. */
  throwIfAborted(stage: Stage): void {
    if (!this.signal?.aborted) return;
    throw this.error("ABORTED", stage, { reason: "the call was aborted", cause: this.signal.reason });
  }

  /** Ends a call whose time is over. */
  throwIfOver(stage: Stage, code: ClientErrorCode = "TIMEOUT"): void {
    this.throwIfAborted(stage);
    if (!this.isOver) return;
    const last = this.lastError && `; the last answer was: ${this.lastError.message}`;
    const reason = `there was no success within ${this.timeouts.total / 1000} s${last ?? ""}`;
    throw this.error(code, stage, { reason, ...(this.lastError && ofGateway(this.lastError)) });
  }

  /** An error about this call. */
  error(
    code: ClientErrorCode,
    stage: Stage,
    more: { reason: string; remedy?: string; cause?: unknown; validationCode?: string },
  ): ClientError {
    return new ClientError({ code, stage, ...this.subject, txID: this.txID, peers: [...this.peers], ...more });
  }

  /** An error about this call, from what a peer answered. */
  failure(code: ClientErrorCode, stage: Stage, error: GatewayError, remedy?: string): ClientError {
    return this.error(code, stage, { reason: error.message, remedy, ...ofGateway(error) });
  }
}

function ofGateway(error: GatewayError) {
  return { details: error.details, grpcCode: error.code, cause: error };
}
