/** How validators of each client vote on validators. */
import type { EthereumClient } from "../../../../model/contracts/ethereum";
import { callNode } from "./jsonRpc";

/** What a node is asked about validators; by JSON-RPC unless a test says otherwise. */
export interface Voting {
  /** Addresses of the validators after the node's last block, in lower case. */
  validators(url: string): Promise<string[]>;
  /** The votes that a validator casts in its blocks: whether each address is to be a validator. */
  pending(url: string): Promise<Record<string, boolean>>;
  /** Has a validator vote, from its next block on. */
  propose(url: string, address: string, isValidator: boolean): Promise<void>;
  /** Has a validator vote on an address no more. */
  discard(url: string, address: string): Promise<void>;
}

const methods = {
  besu: {
    validators: "qbft_getValidatorsByBlockNumber",
    pending: "qbft_getPendingVotes",
    propose: "qbft_proposeValidatorVote",
    discard: "qbft_discardValidatorVote",
  },
  geth: {
    validators: "clique_getSigners",
    pending: "clique_proposals",
    propose: "clique_propose",
    discard: "clique_discard",
  },
} as const satisfies Record<EthereumClient, Record<keyof Voting, string>>;

/** The votes of a client. */
export function votingOf(client: EthereumClient): Voting {
  const named = methods[client];
  return {
    validators: async (url) => (await callNode<string[]>(url, named.validators, ["latest"])).map(lower),
    async pending(url) {
      const votes = (await callNode<Record<string, boolean> | null>(url, named.pending, [])) ?? {};
      return Object.fromEntries(Object.entries(votes).map(([address, vote]) => [lower(address), vote]));
    },
    propose: async (url, address, isValidator) => void (await callNode(url, named.propose, [address, isValidator])),
    discard: async (url, address) => void (await callNode(url, named.discard, [address])),
  };
}

const lower = (address: string): string => address.toLowerCase();
