/** What of an Ethereum network a diff compares, beside its objects. */
import type { EthereumClient, EthereumFork, ForkTime } from "../contracts/ethereum";
import type { Allocation, EthereumPlan } from "./ethereumPlan";

/** An Ethereum network, as its component describes it. */
export interface EthereumDescription {
  client: EthereumClient;
  chainId: number;
  validators: number;
  /** Absent where an earlier release described the network. */
  environment?: string;
  namespace?: string;
  /** Release of Besu; absent with geth, and where an image does not say it. */
  besuVersion?: string;
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

/**
 * Describes a network.
 *
 * @param besuVersion - of its image, if that says one
 */
export function describedEthereum(plan: EthereumPlan, besuVersion?: string): EthereumDescription {
  const { client, chainId, validators, forks, allowedAccounts, bootnodes } = plan;
  const { environment, namespace, blockPeriodSeconds, gasLimit, freeGas, latestFork, allocations } = plan;
  return {
    ...{ client, chainId, validators: validators.length, environment, namespace },
    ...(client === "besu" && besuVersion !== undefined && { besuVersion }),
    genesis: { blockPeriodSeconds, gasLimit, freeGas, latestFork, allocations },
    ...(forks.length > 0 && { forks }),
    ...(allowedAccounts && { allowedAccounts }),
    ...(bootnodes.length > 0 && { bootnodes: bootnodes.length }),
  };
}
