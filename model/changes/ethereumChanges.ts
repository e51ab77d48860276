/** What changes between two states of an Ethereum network in its own terms, each with its consequences. */
import { type EthereumClient, quorumText } from "../contracts/ethereum";
import { changed, type NetworkChange } from "./change";

/** An Ethereum network, as its component describes it. */
export interface EthereumDescription {
  client: EthereumClient;
  chainId: number;
  validators: number;
}

/** Compares two states of a network that is there before and after. */
export function ethereumChanges(before: EthereumDescription, after: EthereumDescription): NetworkChange[] {
  const subject = `chain ${after.chainId}`;
  const refused = {
    consequences: ["the cluster refuses it: it is in the genesis, which all blocks stand on"],
    loud: true,
  };
  return [
    ...changed(subject, "client", before.client, after.client, refused),
    ...changed(subject, "chain ID", before.chainId, after.chainId, refused),
    ...changed(subject, "validators", before.validators, after.validators, {
      consequences: [...joining(before, after), ...leaving(before, after)],
      loud: after.validators < before.validators,
    }),
  ];
}

/** One after another: each is a step of its own, whose quorum counts until the next. */
function joining({ validators }: EthereumDescription, after: EthereumDescription): string[] {
  return Array.from({ length: Math.max(0, after.validators - validators) }, (_, i) => {
    const now = validators + i;
    const what = `adds validator${now}, when it is in sync and more than half of ${now} vote for it`;
    return `${what}: ${quorumText(after.client, now, now + 1)}`;
  });
}

function leaving({ validators }: EthereumDescription, after: EthereumDescription): string[] {
  return Array.from({ length: Math.max(0, validators - after.validators) }, (_, i) => {
    const now = validators - i;
    const what = `removes validator${now - 1}: more than half of ${now} vote it out before it stops, and its volume stays`;
    return `${what}; ${quorumText(after.client, now, now - 1)}`;
  });
}
