/** Who made the last blocks of a chain. */
import type { EthereumClient } from "../../../../model/contracts/ethereum";
import { callNode } from "./jsonRpc";

/**
 * How many of the last blocks each validator made, by addresses in lower case.
 *
 * @param url - of a node's JSON-RPC
 */
export async function proposedBlocks(client: EthereumClient, url: string): Promise<Record<string, number>> {
  if (client === "geth") {
    const { sealerActivity } = await callNode<{ sealerActivity: Record<string, number> }>(url, "clique_status", []);
    return byAddress(Object.entries(sealerActivity));
  }
  const signers = await callNode<{ address: string; proposedBlockCount: string }[]>(url, "qbft_getSignerMetrics", []);
  return byAddress(signers.map(({ address, proposedBlockCount }) => [address, Number(proposedBlockCount)]));
}

const byAddress = (counts: readonly (readonly [string, number])[]): Record<string, number> =>
  Object.fromEntries(counts.map(([address, count]) => [address.toLowerCase(), count]));
