/** The course of the test, from waiting for the chaincode to comparing what was read back. */
import { randomBytes } from "node:crypto";

import type { SmokeTestResult, TransactionResult } from "../../../model/contracts/smokeTest";
import type { Log } from "../../common/log";
import type { Patience } from "../../common/retry";
import { untilCommitted } from "./committedDefinition";
import type { Peer } from "./peer";
import { readBack, requireEqual } from "./readBack";
import { type Call, type Session, submit } from "./submit";

/** A test: transactions that are submitted in their order, and what is evaluated after them. */
export interface SmokeTest {
  channel: string;
  chaincode: string;
  version: string;
  submit: readonly Call[];
  evaluate: Call;
  /** Peers of each member organization, at least one; the own organization's first. */
  organizations: readonly (readonly Peer[])[];
  /** For the chaincode to be committed. */
  patience: Patience;
  /** For each step after that. */
  stepPatience: Patience;
}

/**
 * Waits for the chaincode, submits the transactions, and has a peer of every organization read the result back.
 *
 * @throws {@link Failure} when a step fails for good
 */
export async function smokeTest(test: SmokeTest, log: Log): Promise<SmokeTestResult> {
  const { channel, chaincode, version, organizations, patience, stepPatience } = test;
  const own = organizations[0]!;
  const definition = { channel, chaincode, version };
  // A new organization may still be joining while the others already serve the chaincode.
  await Promise.all(organizations.map((peers) => untilCommitted(definition, peers, patience, log)));

  const session: Session = { channel, chaincode, peers: own, log, patience: stepPatience };
  const id = newId();
  const transactions: TransactionResult[] = [];
  for (const call of test.submit) transactions.push(await timed(withId(call, id), session));

  const evaluate = withId(test.evaluate, id);
  const last = transactions.at(-1)!.transactionId;
  const answers = await Promise.all(organizations.map((peers) => readBack(evaluate, last, peers, session)));
  requireEqual(evaluate[0], answers);
  const answer = answers[0]!.payload.toString();
  for (const { organization, peer } of answers) log.info(`read back ${evaluate[0]}`, { organization, peer, answer });
  return {
    ...{ channel, chaincode, version, transactions, answer },
    readBack: answers.map(({ organization, peer }) => ({ organization, peer })),
    readAt: new Date().toISOString(),
  };
}

async function timed(call: Call, session: Session): Promise<TransactionResult> {
  const started = Date.now();
  const { transactionId, blockNumber } = await submit(call, session);
  const milliseconds = Date.now() - started;
  session.log.info(`committed ${call[0]}`, { transactionId, blockNumber, milliseconds });
  const committedAt = new Date().toISOString();
  return { function: call[0], transactionId, blockNumber, milliseconds, committedAt };
}

/** An ID that no run has used before. */
function newId(): string {
  return `smoke-test-${randomBytes(8).toString("hex")}`;
}

/** A call with the ID of this run wherever an argument says `{id}`. */
function withId([name, ...args]: Call, id: string): Call {
  return [name, ...args.map((arg) => arg.replaceAll("{id}", id))];
}
