/** From a proposal to a committed transaction: endorse, order, and check that the peers found it valid. */
import { setTimeout as sleep } from "node:timers/promises";

import { common, peer } from "@hyperledger/fabric-protos";

import { FabricError, type FabricErrorContext, isFabricError } from "../errors";
import type { Orderer } from "../nodes/orderer";
import type { Peer } from "../nodes/peer";
import type { Signer } from "../signer";
import { watchCommit } from "./commitWatch";
import { type Invocation, newProposal, newTransaction } from "./proposal";

/** Limits of a submission. */
export interface SubmitOptions {
  /** Milliseconds for ordering, and again for the commit. Default 60 000. */
  timeoutMs?: number;
}

/** A transaction that is committed. */
export interface Committed {
  transactionId: string;
  /** Number of the block that it is in. */
  blockNumber: number;
}

/**
 * Submits a transaction and waits until every endorsing peer that can be reached has committed it.
 *
 * @param groups - peers by organization. All peers of each organization are called, and one answer is enough, so an
 *   unreachable peer causes no delay. Peers that answered already have the transaction's private data.
 * @param orderers - tried in turn until one accepts the transaction
 * @param step - what the transaction is for, for messages
 * @throws FabricError of the peer that refused; `ENDORSEMENT_MISMATCH` if organizations answered differently;
 *   `INVALID_TRANSACTION` with its validation code
 */
export async function submit(
  invocation: Invocation,
  signer: Signer,
  groups: Peer[][],
  orderers: Orderer[],
  step: string,
  options: SubmitOptions = {},
): Promise<Committed> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const proposal = await newProposal(invocation, signer);
  const answered = await Promise.all(
    groups.map(async (peers) => anyAnswer(peers, (node) => node.endorse(proposal, step))),
  );
  const endorsements = agreement(answered.flat(), groups, { step, channel: invocation.channel });
  const responses = endorsements.map(({ answer }) => answer);
  const transaction = await newTransaction(proposal, responses, signer);

  const watching = endorsements.map(({ node }) => node);
  const watch = await watchCommit(watching, invocation.channel, proposal.transactionId, step, timeoutMs);
  try {
    await broadcastToAny(orderers, transaction, invocation.channel, step, timeoutMs);
    return { transactionId: proposal.transactionId, blockNumber: await watch.committed() };
  } finally {
    watch.stop();
  }
}

/** Milliseconds that one of several orderers has to accept a transaction; they normally take some 10 ms. */
const attemptMs = 3000;

/**
 * Sends an envelope to the first orderer that accepts it, going around until one does or time is up.
 *
 * @throws FabricError of the last orderer, or at once what no other orderer would answer differently
 */
export async function broadcastToAny(
  orderers: Orderer[],
  envelope: common.Envelope,
  channel: string,
  step: string,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let failure: FabricError | undefined;
  for (let pause = 50; ; pause = Math.min(2 * pause, 1000)) {
    let known = false;
    for (const orderer of orderers) {
      const left = Math.max(deadline - Date.now(), 1);
      const attempt = orderers.length > 1 ? Math.min(left, attemptMs) : left;
      try {
        return await orderer.broadcast(envelope, channel, attempt);
      } catch (error) {
        if (!isFabricError(error, "UNAVAILABLE", "TIMEOUT", "NOT_FOUND")) throw error;
        // An attempt that the end of the time cut short says less than what an orderer has answered.
        const isCutShort = error.code === "TIMEOUT" && attempt < attemptMs;
        if (failure === undefined || !isCutShort) failure = error;
        // The other orderers may have joined the channel.
        known ||= error.code !== "NOT_FOUND";
      }
    }
    failure ??= new FabricError({
      code: "INVALID_ARGUMENT",
      step,
      channel,
      reason: "there is no orderer to send it to",
    });
    if (!known || Date.now() + pause > deadline) throw failure;
    await sleep(pause);
  }
}

/** What a node answered. */
export interface Answer<T> {
  node: Peer;
  answer: T;
}

/** Calls all peers at once. If none answers, throws a refusal if there is one, else the first failure. */
export async function anyAnswer<T>(peers: Peer[], ask: (node: Peer) => Promise<T>): Promise<Answer<T>[]> {
  const settled = await Promise.allSettled(peers.map(async (node) => ({ node, answer: await ask(node) })));
  const answers = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (answers.length > 0) return answers;
  const failures = settled.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  const refusal = failures.find((error) => error instanceof FabricError && !error.retryable);
  throw (
    refusal ??
    failures[0] ??
    new FabricError({ code: "INVALID_ARGUMENT", step: "asking peers", reason: "none is given" })
  );
}

/**
 * The equal answers that make a transaction: at least one from every organization, and as many as possible. Leaves out a peer
 * that is behind the others of its organization.
 */
function agreement(
  answers: Answer<peer.ProposalResponse>[],
  groups: Peer[][],
  where: FabricErrorContext,
): Answer<peer.ProposalResponse>[] {
  const byPayload = new Map<string, Answer<peer.ProposalResponse>[]>();
  for (const given of answers) {
    const key = Buffer.from(given.answer.getPayload_asU8()).toString("base64");
    byPayload.set(key, [...(byPayload.get(key) ?? []), given]);
  }
  const candidates = [...byPayload.values()]
    .map((given) => ({ given, missing: groups.filter((peers) => !given.some(({ node }) => peers.includes(node))) }))
    .sort((a, b) => a.missing.length - b.missing.length || b.given.length - a.given.length);
  const best = candidates[0]!;
  const [missing] = best.missing;
  if (missing === undefined) return best.given;
  throw new FabricError({
    ...where,
    code: "ENDORSEMENT_MISMATCH",
    organization: missing[0]?.endpoint.organization,
    node: missing[0]?.endpoint.name,
    reason: "its peers computed another result than the others",
    hint: "A peer that is still catching up does so; try again when all peers have the same height.",
  });
}
