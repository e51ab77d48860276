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
  /** What happened, in the words of the node where it gave some; without a full stop. */
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
