/** What an Ethereum network consists of: every node with its names. Plain data, derived from a stack file once. */
import {
  type EthereumClient,
  type EthereumFork,
  ethereumNetworkName,
  ethereumPorts,
  type ForkTime,
} from "../contracts/ethereum";
import { headlessServiceName, serviceAddress, serviceHost, serviceHosts } from "../contracts/names";
import { durationSeconds } from "../duration";
import type { IpFamilies } from "../stackFile/clusterSchema";
import type { EthereumConfig } from "../stackFile/ethereumSchema";
import { planPods, type PodsPlan } from "../stackFile/mergedPods";
import { mergedPolicies, type Profile } from "../stackFile/mergedPolicies";
import type { EnvironmentConfig, Size } from "../stackFile/schema";
import { type EthereumGatewayPlan, planEthereumGateway } from "./ethereumGatewayPlan";
import { forkTimes } from "./forks";

/** A node: one StatefulSet with one pod. */
export interface EthereumNodePlan {
  /** Name of its Kubernetes objects: `validator0`, `bootnode0`, `rpc0`. */
  name: string;
  /** Names under which others call it in the cluster. */
  hosts: string[];
  /** Name by which other nodes reach it. */
  peerHost: string;
  /** Host and port of its JSON-RPC inside the cluster. */
  address: string;
  /** The same: nothing else is handed out. */
  endpoint: string;
  /** Size of its volume, such as `20Gi`. */
  storage: string;
}

/** An account with a balance from the beginning. */
export interface Allocation {
  /** In lower case. */
  address: string;
  /** In wei. */
  balance: string;
}

/** A whole Ethereum network. */
export interface EthereumPlan {
  name: string;
  /** The stack file that it was derived from, with all defaults filled in. */
  config: EthereumConfig;
  /** Name of its custom resource. */
  resource: string;
  namespace: string;
  environment: string;
  client: EthereumClient;
  chainId: number;
  blockPeriodSeconds: number;
  gasLimit: number;
  freeGas: boolean;
  latestFork: EthereumFork;
  /** Those that begin later, the earliest first. */
  forks: ForkTime[];
  /** Addresses in lower case, in their order; absent where all may send. */
  allowedAccounts?: string[];
  allocations: Allocation[];
  validators: EthereumNodePlan[];
  /** Nodes between RPC nodes and validators. */
  bootnodes: EthereumNodePlan[];
  rpcNodes: EthereumNodePlan[];
  smokeTest: boolean;
  gateway?: EthereumGatewayPlan | undefined;
  size: Size;
  storageClass?: string;
  /** DNS domain of the cluster's Services. */
  clusterDomain: string;
  /** Settings of pods that environment and stack write. */
  pods: PodsPlan;
  ipFamilies: IpFamilies;
  /** Policy levels and settings that environment and stack write. */
  policies: Profile;
}

/**
 * Derives the network from its configuration.
 *
 * @param name - name of the stack
 */
export function planEthereum(name: string, config: EthereumConfig, environment: EnvironmentConfig): EthereumPlan {
  const namespace = config.namespace ?? name;
  const { clusterDomain, storageClass } = environment;
  const { client, chainId, gasLimit, freeGas, smokeTest } = config;
  const latestFork = config.latestFork ?? defaultFork(client);
  const nodes = (count: number, kind: "validator" | "bootnode" | "rpc"): EthereumNodePlan[] =>
    Array.from({ length: count }, (_, i) => planNode(`${kind}${i}`, { client, namespace, clusterDomain }, config));
  return {
    ...{ name, config, resource: ethereumNetworkName, namespace, environment: config.environment },
    ...{ client, chainId, gasLimit, freeGas, smokeTest, clusterDomain, storageClass },
    blockPeriodSeconds: durationSeconds(config.blockPeriod),
    latestFork,
    forks: forkTimes(latestFork, config.forks),
    ...(config.allowedAccounts && { allowedAccounts: config.allowedAccounts.map(lowerCase).sort() }),
    allocations: planAllocations(config.allocations),
    validators: nodes(config.validators, "validator"),
    bootnodes: nodes(config.bootnodes, "bootnode"),
    rpcNodes: nodes(config.rpcNodes, "rpc"),
    gateway: planEthereumGateway(config, environment),
    size: config.size ?? environment.size,
    pods: planPods(environment, config.pods),
    ipFamilies: environment.ipFamilies,
    policies: mergedPolicies(environment.policies, config.policies),
  };
}

/** The latest fork of a network that names none. */
export function defaultFork(client: EthereumClient): EthereumFork {
  return client === "geth" ? "london" : "cancun";
}

function planNode(
  name: string,
  { client, namespace, clusterDomain }: { client: EthereumClient; namespace: string; clusterDomain: string },
  { storage }: EthereumConfig,
): EthereumNodePlan {
  const address = serviceAddress(name, namespace, ethereumPorts.rpc);
  // Besu follows the address of a pod by its name. Geth looks names up once, so it gets one whose address stays.
  const peerService = client === "besu" ? headlessServiceName(name) : name;
  return {
    ...{ name, storage, address, endpoint: address },
    hosts: serviceHosts(name, namespace, clusterDomain),
    peerHost: serviceHost(peerService, namespace),
  };
}

const lowerCase = (text: string): string => text.toLowerCase();

const digitsAfterPoint: Record<string, number> = { wei: 0, gwei: 9, ether: 18 };

/** In the order of their addresses: the order of the file decides nothing. */
function planAllocations(allocations: EthereumConfig["allocations"]): Allocation[] {
  return Object.entries(allocations)
    .map(([address, text]) => {
      const [amount = "0", unit = "wei"] = text.split(" ");
      return { address: address.toLowerCase(), balance: `${BigInt(amount) * 10n ** BigInt(digitsAfterPoint[unit]!)}` };
    })
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}
