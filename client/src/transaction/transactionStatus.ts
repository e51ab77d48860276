/** What became of a transaction. */
import type { Status } from "@hyperledger/fabric-gateway";

import type { ClientError } from "../errors.ts";
import { nameOfCode } from "./outcomes.ts";

/** The outcome of a transaction, as peers report it. */
export interface TransactionStatus {
  txID: string;
  isValid: boolean;
  /** Such as `VALID` or `MVCC_READ_CONFLICT`. */
  validationCode: string;
  blockNumber: bigint;
}

/** What became of a transaction that an earlier process had sent. */
export type Resumed = { key: string } & (
  { status: TransactionStatus; error?: undefined } | { status?: undefined; error: ClientError }
);

/** Reads what a peer reports. */
export function statusOf({ transactionId, code, blockNumber, successful }: Status): TransactionStatus {
  return { txID: transactionId, isValid: successful, validationCode: nameOfCode(code), blockNumber };
}
