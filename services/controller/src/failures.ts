/** What failures of CAs and nodes mean for a custom resource: the reason, the remedy, and whether to try again. */
import { FabricError, type FabricErrorCode, isFabricError } from "@baas/fabric";

import { CaError } from "../../common/fabricCa/caError";
import { messageOf } from "../../common/failure";
import { caFailure } from "./certificateAuthorities";
import type { Trouble } from "./podTrouble";
import { failing, Halt, type Result, soon } from "./reconciler";
import { SecretInvalid } from "./secrets";

/** Condition reasons for failures of Fabric's nodes. */
const reasons: Record<FabricErrorCode, string> = {
  INVALID_ARGUMENT: "Invalid",
  UNAVAILABLE: "NodeUnavailable",
  TIMEOUT: "NodeTimeout",
  ACCESS_DENIED: "AccessDenied",
  NOT_FOUND: "NotFound",
  ALREADY_EXISTS: "AlreadyExists",
  CONFLICT: "Conflict",
  REJECTED: "Rejected",
  ENDORSEMENT_MISMATCH: "EndorsementMismatch",
  NOT_APPROVED: "NotApproved",
  INVALID_TRANSACTION: "InvalidTransaction",
  PROTOCOL: "UnexpectedAnswer",
};

const unreachable =
  "The controller tries again. See whether its pod is ready and whether a NetworkPolicy lets the controller in.";

/**
 * Runs a reconciliation. Turns the errors that it knows into a result, and throws all others.
 *
 * @param trouble - what keeps the pod of a node from running; absent if nothing does
 */
export async function resulting(
  work: () => Promise<Result>,
  trouble: (node: string) => Trouble | undefined = () => undefined,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Halt) return error.result;
    if (error instanceof CaError) return caFailure(error);
    if (error instanceof SecretInvalid)
      return failing("SecretInvalid", `${error.message}. Delete it: a new one is made.`);
    if (isFabricError(error)) return fabricFailure(error, error.node === undefined ? undefined : trouble(error.node));
    throw error;
  }
}

/** Result of a {@link FabricError} for a custom resource. If the node's pod is in trouble, that is given as the cause. */
function fabricFailure(error: FabricError, trouble: Trouble | undefined): Result {
  const reason = reasons[error.code];
  const away = isFabricError(error, "UNAVAILABLE", "TIMEOUT") && error.node !== undefined && error.hint === undefined;
  if (away && trouble) return failing(trouble.reason, `${sentence(error.message)} ${trouble.message}`);
  const isOfSpec = error.code === "INVALID_ARGUMENT" && error.hint === undefined;
  const message = `${sentence(error.message)}${away ? ` ${unreachable}` : isOfSpec ? " Correct the spec." : ""}`;
  return error.retryable ? soon(reason, message) : failing(reason, message);
}

/** Result of an error that no reconciler has foreseen, such as a value that a library does not take. */
export function unexpectedFailure(error: unknown): Result {
  const words = messageOf(error);
  // The only words that the protobuf library has for any value that it cannot write or read.
  const meaning = /^Assertion failed/.test(words)
    ? `a value of the spec or of Fabric is out of its range (${words})`
    : words;
  return failing(
    "ReconcileFailed",
    `${sentence(meaning)} The controller tries again, and goes on with all other objects. If that stays, compare the spec with what ` +
      "Fabric has, and see the controller's log.",
  );
}

/** Values and failures of promises. */
export function settled<T>(results: readonly PromiseSettledResult<T>[]): { values: T[]; failures: unknown[] } {
  const values = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  return { values, failures };
}

/** The failure to tell of: the first that needs a person, else the first of all. */
export function gravest(failures: readonly unknown[]): unknown {
  return failures.find((failure) => !passes(failure)) ?? failures[0];
}

/** Whether a failure usually passes by itself. */
function passes(error: unknown): boolean {
  if (error instanceof Halt) return error.result.soon === true || !error.result.retry;
  return isFabricError(error) && error.retryable;
}

function sentence(text: string): string {
  const start = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
