/**
 * What to do about a failed transaction. The rule is that nothing is committed twice. A transaction that failed before it was
 * ordered may run again as another transaction. For one that may have been ordered, the test asks for the outcome, and sends the
 * same one again if it does not appear.
 */
import { status } from "@grpc/grpc-js";
import { type GatewayError, type Status, StatusCode } from "@hyperledger/fabric-gateway";

/** Steps of a transaction at a peer's Gateway service. */
export type Step = "endorse" | "submit" | "commit status";

/** `again`: run as a new transaction. `ask`: query its outcome. `give up`: another attempt would fail too. */
export type Action = "again" | "ask" | "give up";

/** Codes of a call whose effect is unknown. */
const cutOffCodes: readonly number[] = [status.UNAVAILABLE, status.CANCELLED, status.DEADLINE_EXCEEDED];

/** Whether a call failed because of the connection or the peer's load, and not because of the request. */
export function isPassing({ code, message }: Pick<GatewayError, "code" | "message">): boolean {
  // An overloaded peer answers with the code of a chaincode's error, so compare the text.
  return cutOffCodes.includes(code) || (code === status.UNKNOWN && /too many requests/.test(message));
}

/** What to do about an error of a peer's Gateway service. */
export function actionFor(step: Step, error: GatewayError): Action {
  switch (step) {
    case "endorse": {
      if (isPassing(error) || error.code === status.FAILED_PRECONDITION) return "again";
      const isRefused = error.details.some(({ message }) => /chaincode response/.test(message));
      return error.code === status.ABORTED && !isRefused ? "again" : "give up";
    }
    case "submit":
      if (cutOffCodes.includes(error.code)) return "ask";
      // A peer that refuses because of its load has sent nothing to the orderers.
      return isPassing(error) ? "again" : "give up";
    case "commit status":
      return isPassing(error) ? "ask" : "give up";
  }
}

/** How often a transaction that the peers found invalid, and that wrote nothing, is run again. */
export function attemptsAfter(code: Status["code"]): number {
  switch (code) {
    case StatusCode.MVCC_READ_CONFLICT:
    case StatusCode.PHANTOM_READ_CONFLICT:
      return 4;
    // The policy or the definition has changed in between.
    case StatusCode.ENDORSEMENT_POLICY_FAILURE:
    case StatusCode.EXPIRED_CHAINCODE:
    case StatusCode.CHAINCODE_VERSION_CONFLICT:
      return 1;
    default:
      return 0;
  }
}

/** Name of a validation code, such as `MVCC_READ_CONFLICT`. */
export function nameOfCode(code: Status["code"]): string {
  return Object.entries(StatusCode).find(([, number]) => number === code)?.[0] ?? String(code);
}
