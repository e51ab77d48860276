/** What of an Ethereum network a diff compares, beside its objects. */
import type { EthereumClient, EthereumFork, ForkTime } from "../contracts/ethereum";
import type { Allocation, EthereumPlan } from "./ethereumPlan";

/** An Ethereum network, as its component describes it. */
export interface EthereumDescription {
  client: EthereumClient;
  chainId: number;
  validators: number;
  /** What else is in the genesis; absent where an earlier release described the network. */
  genesis?: {
    blockPeriodSeconds: number;
    gasLimit: number;
    freeGas: boolean;
    latestFork: EthereumFork;
    allocations: Allocation[];
  };
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
  const { blockPeriodSeconds, gasLimit, freeGas, latestFork, allocations } = plan;
  return {
    ...{ client, chainId, validators: validators.length },
    genesis: { blockPeriodSeconds, gasLimit, freeGas, latestFork, allocations },
    ...(forks.length > 0 && { forks }),
    ...(allowedAccounts && { allowedAccounts }),
    ...(bootnodes.length > 0 && { bootnodes: bootnodes.length }),
  };
}
