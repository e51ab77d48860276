/** Transactions, submitted so that none is ordered twice. */
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
    const transactionId = await order(call, peers[failures % peers.length]!, session);
    const { code, blockNumber } = await outcome(what, transactionId, session);
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
 * @returns the ID of a transaction that has been ordered, or may have been
 * @throws {@link TryAgain} when it was not ordered, and a new transaction may succeed
 */
async function order([what, ...args]: Call, peer: Peer, { channel, chaincode, log }: Session): Promise<string> {
  const contract = peer.gateway.getNetwork(channel).getContract(chaincode);
  const proposal = contract.newProposal(what, { arguments: args });
  const transactionId = proposal.getTransactionId();
  const judge = (stage: Step, error: unknown): string => {
    if (!(error instanceof GatewayError)) throw error;
    const reason = reasonOf(error);
    const action = actionFor(stage, error);
    if (action !== "ask") {
      throw new (action === "again" ? TryAgain : Failure)(...inStage({ stage, what, transactionId, reason }));
    }
    log.warn(`${what}: whether it was ordered is unknown; asking for its outcome`, { transactionId, reason });
    return transactionId;
  };
  let transaction: Transaction;
  try {
    transaction = await proposal.endorse();
  } catch (error) {
    return judge("endorse", error);
  }
  try {
    await transaction.submit();
    return transactionId;
  } catch (error) {
    return judge("submit", error);
  }
}

/** The outcome of a transaction that has been ordered, or may have been. It is never ordered again. */
async function outcome(what: string, transactionId: string, session: Session): Promise<Status> {
  const { channel, peers, patience, log } = session;
  const stage = "commit status";
  const ask = async (failures: number): Promise<Status> => {
    try {
      return await peers[failures % peers.length]!.commitStatus(channel, transactionId);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
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
