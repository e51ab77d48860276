/** Failures, with the stage and the transaction that they concern. */
import { GatewayError } from "@hyperledger/fabric-gateway";

import { messageOf } from "./log";

/** Where the test, or a transaction in it, failed. */
export type Stage = "configuration" | "waiting" | "endorse" | "submit" | "commit status" | "evaluate" | "read back";

/** What a {@link Failure} is made from. */
export interface FailureContext {
  stage: Stage;
  /** What was being done, such as `TransferAsset`. */
  what: string;
  /** What happened, in the words of the node where it gave some; without a full stop. */
  reason: string;
  transactionId?: string;
  /** What to do about it, without a full stop. */
  remedy?: string;
}

/** A failure that a person can act upon. Its message is one line. */
export class Failure extends Error {
  override name = "Failure";
  readonly reason: string;

  constructor({ stage, what, reason, transactionId, remedy }: FailureContext) {
    const where = transactionId === undefined ? stage : `${stage}, transaction ${transactionId}`;
    super(messageOf(`${what} failed (${where}): ${reason}${remedy === undefined ? "" : `. ${remedy}.`}`));
    this.reason = messageOf(reason);
  }
}

/** Thrown by an attempt that may succeed when it is made again. What a {@link Failure} says, should the time be up. */
export class TryAgain extends Failure {
  override name = "TryAgain";
}

/** A transaction may be committed, or not: it is not run again, but the whole test may, with another ID. */
export class UnknownOutcome extends Failure {
  override name = "UnknownOutcome";
}

/** What a peer said; of a gateway's error also what each endorser, or orderer, said. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof GatewayError) || error.details.length === 0) return messageOf(error);
  const details = error.details.map(({ mspId, address, message }) => `${address} (${mspId}): ${message}`);
  return messageOf(`${error.message}: ${details.join("; ")}`);
}
