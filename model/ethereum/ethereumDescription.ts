/** What of an Ethereum network a diff compares, beside its objects. */
import type { EthereumClient, ForkTime } from "../contracts/ethereum";
import type { EthereumPlan } from "./ethereumPlan";

/** An Ethereum network, as its component describes it. */
export interface EthereumDescription {
  client: EthereumClient;
  chainId: number;
  validators: number;
  /** Those that begin after the first block; absent for none. */
  forks?: ForkTime[];
  /** Accounts that may send transactions; absent where all may. */
  allowedAccounts?: string[];
  /** Number of bootnodes; absent for none. */
  bootnodes?: number;
}

/** Describes a network. */
export function describedEthereum(plan: EthereumPlan): EthereumDescription {
  const { client, chainId, validators, forks, allowedAccounts, bootnodes } = plan;
  return {
    ...{ client, chainId, validators: validators.length },
    ...(forks.length > 0 && { forks }),
    ...(allowedAccounts && { allowedAccounts }),
    ...(bootnodes.length > 0 && { bootnodes: bootnodes.length }),
  };
}
