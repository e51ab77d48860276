/** Transactions, submitted so that none is committed twice. */
import { status } from "@grpc/grpc-js";
import { GatewayError, type Status, StatusCode, type Transaction } from "@hyperledger/fabric-gateway";

import { Failure, TryAgain } from "../../common/failure";
import type { Log } from "../../common/log";
import type { Patience } from "../../common/retry";
import { inStage, reasonOf, UnknownOutcome } from "./failure";
import { actionFor, attemptsAfter, nameOfCode, type Step } from "./outcomes";
import type { Peer } from "./peer";
import { waitFor } from "./waiting";

/** A function and its arguments. */
export type Call = readonly [name: string, ...args: string[]];

/** What transactions are submitted with. */
export interface Session {
  channel: string;
  chaincode: string;
  /** Peers of the own organization, at least one; if one does not answer, the next is called. */
  peers: readonly Peer[];
  log: Log;
  /** How long to wait for a transaction to be endorsed and ordered, and again for its outcome. */
  patience: Patience;
}

/** A transaction that is committed and valid. */
export interface Committed {
  transactionId: string;
  blockNumber: number;
}

/**
 * Submits a transaction and waits until a peer of the own organization has committed it.
 *
 * @throws {@link Failure} when it is not committed, with its stage, its ID, and what each endorser said
 * @throws {@link UnknownOutcome} when no peer reports its outcome
 */
export async function submit(call: Call, session: Session): Promise<Committed> {
  const [what] = call;
  const { peers, patience, log } = session;
  let invalid = 0;
  const attempt = async (failures: number): Promise<Committed> => {
    const transaction = await order(call, peers[failures % peers.length]!, session);
    const transactionId = transaction.getTransactionId();
    const { code, blockNumber } = await outcome(what, transaction, session);
    if (code === StatusCode.VALID) return { transactionId, blockNumber: Number(blockNumber) };
    invalid++;
    const Kind = invalid <= attemptsAfter(code) ? TryAgain : Failure;
    const reason = `the peers found it invalid: ${nameOfCode(code)} (attempt ${invalid})`;
    throw new Kind(...inStage({ stage: "commit status", what, transactionId, reason }));
  };
  return waitFor(`${what} to be committed`, attempt, patience, log);
}

/**
 * Gets a transaction endorsed and sends it to the orderers.
 *
 * @returns the signed transaction, which has been ordered, or may have been
 * @throws {@link TryAgain} when it was not ordered, and a new transaction may succeed
 */
async function order([what, ...args]: Call, peer: Peer, { channel, chaincode, log }: Session): Promise<Transaction> {
  const contract = peer.gateway.getNetwork(channel).getContract(chaincode);
  const proposal = contract.newProposal(what, { arguments: args });
  const transactionId = proposal.getTransactionId();
  const failureAt = (stage: Step, error: unknown): unknown => {
    if (!(error instanceof GatewayError)) return error;
    const Kind = actionFor(stage, error) === "again" ? TryAgain : Failure;
    return new Kind(...inStage({ stage, what, transactionId, reason: reasonOf(error) }));
  };
  const transaction = await proposal.endorse().catch((error: unknown) => {
    throw failureAt("endorse", error);
  });
  await transaction.submit().catch((error: unknown) => {
    if (!(error instanceof GatewayError) || actionFor("submit", error) !== "ask") throw failureAt("submit", error);
    const reason = reasonOf(error);
    log.warn(`${what}: whether it was ordered is unknown; asking for its outcome`, { transactionId, reason });
  });
  return transaction;
}

/**
 * The outcome of a transaction. While no peer reports one, the same signed transaction is sent again: orderers may lose what they
 * have accepted when their leader goes away. Peers commit a transaction ID once, however often it is ordered.
 */
async function outcome(what: string, transaction: Transaction, session: Session): Promise<Status> {
  const { channel, peers, patience, log } = session;
  const transactionId = transaction.getTransactionId();
  const stage = "commit status";
  let isMissing = false;
  const ask = async (failures: number): Promise<Status> => {
    const peer = peers[failures % peers.length]!;
    if (isMissing) {
      log.warn(`${what}: no peer has it; sending the same transaction again`, { transactionId });
      await peer
        .sendAgain(transaction)
        .catch((error: unknown) => log.warn(`${what}: it was not taken`, { reason: String(error) }));
    }
    try {
      return await peer.commitStatus(channel, transactionId);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      isMissing ||= error.code === status.DEADLINE_EXCEEDED;
      const context = inStage({ stage, what, transactionId, reason: reasonOf(error) });
      throw new (actionFor(stage, error) === "ask" ? TryAgain : Failure)(...context);
    }
  };
  try {
    return await waitFor(`the outcome of ${what}`, ask, patience, log);
  } catch (error) {
    if (!(error instanceof TryAgain)) throw error;
    const reason = `its outcome is unknown, as no peer reports it: ${error.reason}`;
    throw new UnknownOutcome(...inStage({ stage, what, transactionId, reason }));
  }
}
