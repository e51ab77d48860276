/** Failures of administering a Fabric network, with their remedies. */

/**
 * Kind of a failure:
 * - `INVALID_ARGUMENT`: what the caller passed cannot be used; nothing was sent.
 * - `UNAVAILABLE`: a node cannot be reached or is not ready, such as an orderer without a Raft leader.
 * - `TIMEOUT`: no answer in time; the request may still take effect.
 * - `ACCESS_DENIED`: the identity may not do this, or a TLS certificate was not accepted.
 * - `NOT_FOUND`: the channel, block, chaincode or package does not exist at this node.
 * - `ALREADY_EXISTS`: it exists already.
 * - `CONFLICT`: what the request was computed from has changed meanwhile; read again and compute anew.
 * - `REJECTED`: the node understood the request and refused it.
 * - `ENDORSEMENT_MISMATCH`: peers answered differently, so their endorsements make no transaction.
 * - `NOT_APPROVED`: too few organizations have approved a chaincode definition.
 * - `INVALID_TRANSACTION`: the transaction was ordered, and the peers marked it as invalid.
 * - `PROTOCOL`: the answer is not one of Fabric's; most often another program listens at that address.
 */
export type FabricErrorCode =
  | "INVALID_ARGUMENT"
  | "UNAVAILABLE"
  | "TIMEOUT"
  | "ACCESS_DENIED"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "CONFLICT"
  | "REJECTED"
  | "ENDORSEMENT_MISMATCH"
  | "NOT_APPROVED"
  | "INVALID_TRANSACTION"
  | "PROTOCOL";

/** Where something failed. */
export interface FabricErrorContext {
  /** What was being done, as a phrase such as `joining the channel`. */
  step: string;
  /** Name of the organization that the node or identity belongs to. */
  organization?: string;
  /** Name of the node, such as `peer0-org1`. */
  node?: string;
  /** Channel ID. */
  channel?: string;
}

/** What a {@link FabricError} is made from. */
export interface FabricErrorInit extends FabricErrorContext {
  code: FabricErrorCode;
  /** One sentence without a full stop: what happened, with the node's message if it gave one. */
  reason: string;
  /** What the user can do about it, a sentence. */
  hint?: string;
  /** The error underneath. */
  cause?: unknown;
  /** Validation code of an `INVALID_TRANSACTION`, such as `MVCC_READ_CONFLICT`. */
  validationCode?: string;
  /** ID of the transaction, if there is one. */
  transactionId?: string;
}

/** The one error class of this library. The message says what failed where, why, and what to do. */
export class FabricError extends Error {
  override readonly name = "FabricError";
  readonly code: FabricErrorCode;
  readonly step: string;
  readonly organization?: string;
  readonly node?: string;
  readonly channel?: string;
  readonly reason: string;
  readonly hint?: string;
  readonly validationCode?: string;
  readonly transactionId?: string;

  constructor(init: FabricErrorInit) {
    super(sentence(init), init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.step = init.step;
    this.organization = init.organization;
    this.node = init.node;
    this.channel = init.channel;
    this.reason = init.reason;
    this.hint = init.hint;
    this.validationCode = init.validationCode;
    this.transactionId = init.transactionId;
  }

  /** Whether the same call may succeed later without any change. */
  get retryable(): boolean {
    return passing.has(this.code) || this.validationCode?.endsWith("READ_CONFLICT") === true;
  }
}

const passing: ReadonlySet<FabricErrorCode> = new Set(["UNAVAILABLE", "TIMEOUT", "CONFLICT", "ENDORSEMENT_MISMATCH"]);

/** Whether something caught is a {@link FabricError}, of one of these codes if any are given. */
export function isFabricError(error: unknown, ...codes: FabricErrorCode[]): error is FabricError {
  return error instanceof FabricError && (codes.length === 0 || codes.includes(error.code));
}

/** An `INVALID_ARGUMENT`: `step` is what was asked for. */
export function invalidArgument(step: string, reason: string, hint?: string): FabricError {
  return new FabricError({ code: "INVALID_ARGUMENT", step, reason, hint });
}

function sentence({ step, node, organization, channel, reason, hint }: FabricErrorInit): string {
  const parts = [
    ...(channel === undefined ? [] : [`channel ${channel}`]),
    ...(node === undefined ? [] : [node]),
    ...(organization === undefined ? [] : [`organization ${organization}`]),
  ];
  const where = parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  return `${step}${where}: ${reason}${hint === undefined ? "" : `. ${hint}`}`;
}
