/** Waiting for a transaction's commit by the events of peers. */
import { peer } from "@hyperledger/fabric-protos";

import { FabricError } from "../errors";
import type { Peer } from "../nodes/peer";

/** A watch over peers. It is active from its creation. */
export interface CommitWatch {
  /**
   * Resolves with the number of the transaction's block, once every watched peer that can be reached has committed it.
   *
   * @throws FabricError `INVALID_TRANSACTION`, `TIMEOUT`, or what ended the last watch
   */
  committed(): Promise<number>;
  stop(): void;
}

/**
 * Begins to watch for a transaction before it is sent. Peers send their newest block at once: when it is there, no later
 * block can be missed.
 *
 * @throws FabricError if no peer can be watched
 */
export async function watchCommit(
  peers: Peer[],
  channel: string,
  transactionId: string,
  step: string,
  timeoutMs: number,
): Promise<CommitWatch> {
  const started = await Promise.allSettled(
    peers.map(async (node) => {
      const blocks = node.filteredBlocks(channel, { start: "newest" }, timeoutMs);
      await blocks.next();
      return { node, blocks };
    }),
  );
  const watched = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (watched.length === 0) throw (started[0] as PromiseRejectedResult).reason;

  const find = async ({ node, blocks }: (typeof watched)[0]): Promise<number> => {
    for await (const block of blocks) {
      const found = block.getFilteredTransactionsList().find((transaction) => transaction.getTxid() === transactionId);
      if (found === undefined) continue;
      const code = found.getTxValidationCode();
      if (code === peer.TxValidationCode.VALID) return block.getNumber();
      const validationCode = Object.entries(peer.TxValidationCode).find(([, number]) => number === code)?.[0];
      throw new FabricError({
        ...node.where(step, channel),
        code: "INVALID_TRANSACTION",
        reason: `transaction ${transactionId} is invalid: ${validationCode}`,
        hint: hints[validationCode ?? ""],
        validationCode,
        transactionId,
      });
    }
    throw new FabricError({ ...node.where(step, channel), code: "UNAVAILABLE", reason: "its events ended" });
  };
  return {
    async committed() {
      const ends = await Promise.allSettled(watched.map(find));
      const invalid = ends.find((end) => end.status === "rejected" && isInvalid(end.reason));
      if (invalid !== undefined) throw (invalid as PromiseRejectedResult).reason;
      const valid = ends.find((end) => end.status === "fulfilled");
      if (valid === undefined) throw (ends[0] as PromiseRejectedResult).reason;
      return valid.value;
    },
    stop() {
      for (const { blocks } of watched) void blocks.return().catch(() => {});
    },
  };
}

const hints: Record<string, string> = {
  ENDORSEMENT_POLICY_FAILURE: "It needs endorsements of more organizations.",
  MVCC_READ_CONFLICT: "Another transaction changed the same keys first; submit it again.",
};

function isInvalid(error: unknown): boolean {
  return error instanceof FabricError && error.code === "INVALID_TRANSACTION";
}
