/**
 * What to do about each failure: the table of retries. The rule is that nothing is committed twice. What failed before it was
 * sent to the orderers may be tried again. What may have been ordered is asked for, and sent again unchanged.
 *
 * Source: Fabric's Gateway service (internal/pkg/gateway), and fabric-protos, peer/transaction.proto: TxValidationCode.
 */
import { status } from "@grpc/grpc-js";
import type { GatewayError, Status } from "@hyperledger/fabric-gateway";
import { peer } from "@hyperledger/fabric-protos";

import type { ClientErrorCode } from "../errors.ts";

/** A call of the Gateway service. */
export type Step = "evaluate" | "endorse" | "submit" | "commit status";

/**
 * What to do:
 * - `another peer`: make the same call to another peer.
 * - `back off`: wait, then make the same call to another peer.
 * - `shortly`: the same, but only a few times.
 * - `ask`: the outcome is unknown: ask for it.
 * - `fail`: another try would fail, too.
 */
export type Action = "another peer" | "back off" | "shortly" | "ask" | "fail";

/** What a failure means, and what to do about it. */
export interface Verdict {
  action: Action;
  /** Kind of the error where no more is tried. */
  code: ClientErrorCode;
  /** Whether the peer, or the way to it, is to blame. */
  isPeerFault: boolean;
}

/** Codes of a call whose effect is unknown. */
const cutOff: readonly number[] = [status.UNAVAILABLE, status.CANCELLED, status.DEADLINE_EXCEEDED];
/** Codes that the Gateway service does not answer a submission with: something on the way failed, or the peer itself. */
const broken: readonly number[] = [status.UNKNOWN, status.INTERNAL, status.DATA_LOSS];
const rights: readonly number[] = [status.PERMISSION_DENIED, status.UNAUTHENTICATED];

/** What to do about a failed call. */
export function verdictOn(step: Step, error: GatewayError): Verdict {
  const { code, message } = error;
  // An overloaded peer answers with the code of a chaincode's error, so the text decides.
  if (code === status.UNKNOWN && /too many requests for .*exceeding concurrency limit/.test(message))
    return { action: "back off", code: "OVERLOADED", isPeerFault: false };
  if (cutOff.includes(code)) return cutOffAt(step, error);
  const fail = (kind: ClientErrorCode): Verdict => ({ action: "fail", code: kind, isPeerFault: false });
  if (isSent(step) && broken.includes(code)) return { action: "ask", code: "OUTCOME_UNKNOWN", isPeerFault: true };
  if (rights.includes(code)) return fail("REFUSED");
  if (step === "evaluate") return fail(/chaincode response/.test(message) ? "CHAINCODE" : "REFUSED");
  if (step === "endorse") return endorsement(error) ?? fail("REFUSED");
  return fail("REFUSED");
}

/** Whether the transaction may be ordered when this fails. */
function isSent(step: Step): boolean {
  return step === "submit" || step === "commit status";
}

function cutOffAt(step: Step, error: GatewayError): Verdict {
  const isLate = error.code === status.DEADLINE_EXCEEDED;
  // Without orderers, nothing is ordered or committed in time, whichever peer is asked.
  if (isSent(step)) return { action: "ask", code: "OUTCOME_UNKNOWN", isPeerFault: !isLate && !isOfOthers(error) };
  return { action: "another peer", code: isLate ? "TIMEOUT" : "UNAVAILABLE", isPeerFault: !isOfOthers(error) };
}

function endorsement(error: GatewayError): Verdict | undefined {
  const { code, details } = error;
  if (code === status.FAILED_PRECONDITION) return { action: "shortly", code: "ENDORSEMENT", isPeerFault: false };
  if (code !== status.ABORTED) return undefined;
  if (isSaid(error, /chaincode response/)) return { action: "fail", code: "CHAINCODE", isPeerFault: false };
  // One peer had a block already that another one had not: a conflict, which is seen before anything is ordered.
  if (isSaid(error, /ProposalResponsePayloads do not match/))
    return { action: "shortly", code: "CONFLICT", isPeerFault: false };
  // Without details, nobody says that it is a passing fault.
  return { action: details.length > 0 ? "shortly" : "fail", code: "ENDORSEMENT", isPeerFault: false };
}

/** A gateway peer that answers for orderers or other peers, which are at fault. */
function isOfOthers({ code, message, details }: GatewayError): boolean {
  return code === status.UNAVAILABLE && (details.length > 0 || /order/.test(message));
}

/** Whether endorsers say that this transaction is on the ledger already. */
export function isDuplicate(error: GatewayError): boolean {
  return isSaid(error, /duplicate transaction found/);
}

/** Whether the gateway peer says something, or one of those that it has asked. */
function isSaid({ message, details }: GatewayError, what: RegExp): boolean {
  return what.test(message) || details.some((detail) => what.test(detail.message));
}

/** How often a call is made that fails with `shortly`: a peer that has just started needs some seconds to find the others. */
export const shortTries = 6;

/** What to do about a transaction that was ordered and found invalid. Nothing was written. */
export interface InvalidVerdict {
  /** How many transactions in place of it may be tried. */
  freshTries: number;
  code: ClientErrorCode;
}

/** What to do by the code with which peers marked a transaction; nothing for one that is valid. */
export function verdictOnValidation(code: Status["code"]): InvalidVerdict | undefined {
  const codes = peer.TxValidationCode;
  switch (code as number) {
    case codes.VALID:
      return undefined;
    case codes.MVCC_READ_CONFLICT:
    case codes.PHANTOM_READ_CONFLICT:
      return { freshTries: 9, code: "CONFLICT" };
    // The policy or the definition has changed in between.
    case codes.ENDORSEMENT_POLICY_FAILURE:
    case codes.EXPIRED_CHAINCODE:
    case codes.CHAINCODE_VERSION_CONFLICT:
      return { freshTries: 1, code: "INVALID_TRANSACTION" };
    default:
      return { freshTries: 0, code: "INVALID_TRANSACTION" };
  }
}

/** The code of a later copy of a transaction: an earlier one decides. */
export const isLaterCopy = (code: Status["code"]): boolean => (code as number) === peer.TxValidationCode.DUPLICATE_TXID;

/** Name of a validation code, such as `MVCC_READ_CONFLICT`. */
export function nameOfCode(code: number): string {
  return Object.entries(peer.TxValidationCode).find(([, number]) => number === code)?.[0] ?? String(code);
}
