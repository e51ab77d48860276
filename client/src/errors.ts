/** Failures of calls: what failed, at which stage, what is known of the transaction, and what to do. */

/**
 * Kind of a failure:
 * - `INVALID_CONFIGURATION`: the configuration cannot be used; nothing was sent.
 * - `INVALID_ARGUMENT`: what the caller passed cannot be used; nothing was sent.
 * - `CHAINCODE`: the chaincode refused; another try would be refused, too.
 * - `ENDORSEMENT`: too few peers endorsed.
 * - `REFUSED`: a peer or an orderer refused for a reason that another try does not change, such as a missing right.
 * - `CONFLICT`: every try read what another transaction had just changed, or peers answered differently, as some had a newer block;
 *   nothing was written. A chaincode that does not answer alike everywhere ends so, too.
 * - `INVALID_TRANSACTION`: the peers found the ordered transaction invalid; nothing was written.
 * - `UNAVAILABLE`: no gateway peer answered; nothing was ordered.
 * - `TIMEOUT`: no answer in time; nothing was ordered.
 * - `OVERLOADED`: the peers, or this client's own queue, take no more at the moment; nothing was ordered.
 * - `OUTCOME_UNKNOWN`: the transaction was sent, and no peer reported in time what became of it. It may still be committed.
 * - `IDEMPOTENCY`: the idempotency key was used for another call; nothing was sent.
 * - `STORE`: the transaction could not be stored; nothing was sent.
 * - `SIGNER`: the signer failed; nothing was sent.
 * - `ABORTED`: the caller's signal, or `close`, ended the call.
 */
export type ClientErrorCode =
  | "INVALID_CONFIGURATION"
  | "INVALID_ARGUMENT"
  | "CHAINCODE"
  | "ENDORSEMENT"
  | "REFUSED"
  | "CONFLICT"
  | "INVALID_TRANSACTION"
  | "UNAVAILABLE"
  | "TIMEOUT"
  | "OVERLOADED"
  | "OUTCOME_UNKNOWN"
  | "IDEMPOTENCY"
  | "STORE"
  | "SIGNER"
  | "ABORTED";

/** Where a call was when it failed. `queue`: it waited for its turn. `events`: a stream of events. */
export type Stage = "configuration" | "queue" | "evaluate" | "endorse" | "submit" | "commit status" | "events";

/** What one endorsing peer or orderer said. */
export interface ErrorDetail {
  /** Host and port of the node, as the gateway peer calls it. */
  address: string;
  mspId: string;
  message: string;
}

/** What a {@link ClientError} says beside its message. */
export interface ClientErrorContext {
  code: ClientErrorCode;
  stage: Stage;
  /** ID of the transaction, if there is one. */
  txID?: string;
  channel?: string;
  chaincode?: string;
  /** Name of the function that was called. */
  functionName?: string;
  /** Addresses of the gateway peers that were called, in order. */
  peers?: string[];
  /** What single endorsers or orderers said. */
  details?: ErrorDetail[];
  /** gRPC status code of the last answer. */
  grpcCode?: number;
  /** Validation code of a transaction that was ordered, such as `MVCC_READ_CONFLICT`. */
  validationCode?: string;
}

/** What a {@link ClientError} is made from. */
export interface ClientErrorInit extends ClientErrorContext {
  /** What happened, without a full stop. */
  reason: string;
  /** What the user can do, a sentence. */
  remedy?: string;
  /** The error underneath. */
  cause?: unknown;
}

/**
 * The one error class of this library. The message says what failed where, why, and what to do.
 *
 * @example
 * ```js
 * import { ClientError } from "@baas/client";
 *
 * try {
 *   await client.submit("TransferAsset", ["nothing", "bob"]);
 * } catch (error) {
 *   if (!(error instanceof ClientError)) throw error;
 *   console.log(error.code, error.stage, error.isOutcomeUnknown); // CHAINCODE endorse false
 *   console.error(error.txID, error.channel, error.peers, error.details);
 * }
 * ```
 */
export class ClientError extends Error implements ClientErrorContext {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;
  readonly stage: Stage;
  readonly txID?: string;
  readonly channel?: string;
  readonly chaincode?: string;
  readonly functionName?: string;
  readonly peers: string[];
  readonly details: ErrorDetail[];
  readonly grpcCode?: number;
  readonly validationCode?: string;
  /** What happened, without its place and without the remedy. */
  readonly reason: string;
  readonly remedy?: string;

  constructor(init: ClientErrorInit) {
    super(sentence(init), init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.stage = init.stage;
    this.txID = init.txID;
    this.channel = init.channel;
    this.chaincode = init.chaincode;
    this.functionName = init.functionName;
    this.peers = init.peers ?? [];
    this.details = init.details ?? [];
    this.grpcCode = init.grpcCode;
    this.validationCode = init.validationCode;
    this.reason = init.reason;
    this.remedy = init.remedy;
  }

  /** Whether the transaction may be on the ledger, now or later: do not blindly make the call again. */
  get isOutcomeUnknown(): boolean {
    return this.code === "OUTCOME_UNKNOWN" || (this.code === "ABORTED" && isSent(this.stage));
  }
}

/**
 * Whether something is an error of this library, also one of another copy of it.
 *
 * @param error - anything that was thrown
 *
 * @example
 * ```js
 * import { isClientError } from "@baas/client";
 *
 * const failure = await client.evaluate("ReadAsset", ["nothing"]).catch((error) => error);
 * console.log(isClientError(failure) && failure.code); // CHAINCODE
 * ```
 */
export function isClientError(error: unknown): error is ClientError {
  return error instanceof Error && error.name === "ClientError" && "stage" in error;
}

function isSent(stage: Stage): boolean {
  return stage === "submit" || stage === "commit status";
}

function sentence({ functionName, stage, txID, channel, reason, details = [], remedy }: ClientErrorInit): string {
  const place = [stage, channel && `channel ${channel}`, txID && `transaction ${txID}`].filter(Boolean).join(", ");
  const who = details.map(({ address, mspId, message }) => `${address} (${mspId}): ${message}`);
  const what = [reason, ...who].join("; ");
  return `${functionName === undefined ? place : `${functionName} (${place})`}: ${what}.${remedy ? ` ${remedy}` : ""}`;
}

/** A mistake in what the caller passed. Nothing was sent. */
export function invalidArgument(reason: string, remedy?: string): ClientError {
  return new ClientError({ code: "INVALID_ARGUMENT", stage: "configuration", reason, remedy });
}
