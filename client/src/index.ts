/**
 * Calls chaincode on a Hyperledger Fabric network by a function's name and its arguments. Failures throw {@link ClientError}.
 *
 * {@link connect} is where to begin.
 */
export { BlockchainClient } from "./client.ts";
export { connect, type ConnectOptions } from "./connect.ts";
export type { ConfigurationInput, Timeouts } from "./configuration/schema.ts";
export {
  ClientError,
  type ClientErrorCode,
  type ClientErrorContext,
  type ClientErrorInit,
  type ErrorDetail,
  isClientError,
  type Stage,
} from "./errors.ts";
export type { BlockEvent, BlockTransaction } from "./events/block.ts";
export { type Checkpoint, type EventPosition, FileCheckpoint } from "./events/checkpoint.ts";
export type { EventOptions } from "./events/eventStream.ts";
export type { ChaincodeEvent } from "./events/kinds.ts";
export { type LedgerBlock, type LedgerTransaction, readBlock } from "./ledger.ts";
export { pemSigner, type Signer } from "./identity/identity.ts";
export type { Argument, CallOptions, SubmitOptions } from "./options.ts";
export type { PeerState } from "./peers/peer.ts";
export { FileStore } from "./transaction/fileStore.ts";
export type { Committed } from "./transaction/submission.ts";
export { SubmittedTransaction, type SubmittedStatus } from "./transaction/submittedTransaction.ts";
export type { Resumed, TransactionStatus } from "./transaction/transactionStatus.ts";
export {
  MemoryStore,
  type Retention,
  type StoredTransaction,
  type TransactionStore,
} from "./transaction/transactionStore.ts";
