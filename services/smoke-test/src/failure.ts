/** Failures of the test: the stage and the transaction that they concern. */
import { GatewayError } from "@hyperledger/fabric-gateway";

import { Failure, messageOf } from "../../common/failure";

/** Where the test, or a transaction in it, failed. */
export type Stage = "configuration" | "waiting" | "endorse" | "submit" | "commit status" | "evaluate" | "read back";

/** What a {@link Failure} of the test says. */
export interface FailureContext {
  stage: Stage;
  /** What was being done, such as `TransferAsset`. */
  what: string;
  /** What happened: the node's message if it gave one; without a full stop. */
  reason: string;
  transactionId?: string;
  /** What to do about it, without a full stop. */
  remedy?: string;
}

/** What a {@link Failure} is made from. */
export function inStage({
  stage,
  what,
  reason,
  transactionId,
  remedy,
}: FailureContext): ConstructorParameters<typeof Failure> {
  const where = transactionId === undefined ? stage : `${stage}, transaction ${transactionId}`;
  return [reason, remedy, `${what} failed (${where})`];
}

/** It is unknown whether a transaction was committed. It is not run again; the whole test may be, with another ID. */
export class UnknownOutcome extends Failure {
  override name = "UnknownOutcome";
}

/** A peer's message; for an error of a gateway, also the messages of all endorsers or orderers. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof GatewayError) || error.details.length === 0) return messageOf(error);
  const details = error.details.map(({ mspId, address, message }) => `${address} (${mspId}): ${message}`);
  return messageOf(`${error.message}: ${details.join("; ")}`);
}
