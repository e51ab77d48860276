/** What the nodes of an Ethereum network, their init container and the controller agree on. */

/** Ports of nodes; each Service is a ClusterIP, so they never clash. */
export const ethereumPorts = { p2p: 30303, rpc: 8545, webSocket: 8546, metrics: 9545 } as const;

/** Clients that nodes run. */
export const ethereumClients = ["besu", "geth"] as const;

/** A client that nodes run. */
export type EthereumClient = (typeof ethereumClients)[number];

/** Forks that a network may have, the oldest first. Each comes with all before it. */
export const ethereumForks = ["london", "shanghai", "cancun", "prague", "osaka"] as const;

/** A fork that a network may have. */
export type EthereumFork = (typeof ethereumForks)[number];

/** Forks that may begin at a time, on a chain that is there. */
export const timedForks = ["shanghai", "cancun", "prague", "osaka"] as const satisfies readonly EthereumFork[];

/** A fork that may begin at a time. */
export type TimedFork = (typeof timedForks)[number];

/** A fork, and when it begins. */
export interface ForkTime {
  name: TimedFork;
  /** In seconds since 1970. */
  time: number;
}

/** Name of the EthereumNetwork of a namespace: a network has one. */
export const ethereumNetworkName = "chain";

/** Name of the ConfigMap with the genesis, which the controller makes once. */
export const ethereumGenesisName = "ethereum-genesis";

/** Keys of that ConfigMap: the file that clients read, and the first validators as a list of {@link KnownValidator}. */
export const ethereumGenesisKeys = { genesis: "genesis.json", validators: "validators.json" } as const;

/**
 * Name of the ConfigMap with the validators that joined later, beside the first ones, as the controller knows them: a list of
 * {@link KnownValidator}, under the same key. None is taken off, so that one who comes back is the same.
 */
export const laterValidatorsName = "ethereum-validators";

/** Key of the same ConfigMap: names of the validators that the network has now, as a list. Geth does not start with the name of one that is gone. */
export const presentValidatorsKey = "present.json";

/**
 * Name of the ConfigMap with the forks that begin after the first block, as the controller has accepted them. Nodes put them into their
 * genesis files; the block that a genesis file makes stays the same.
 */
export const ethereumForksName = "ethereum-forks";

/** Keys of that ConfigMap, each with a list of {@link ForkTime}: those that nodes use, and those that the controller was asked for last. */
export const ethereumForksKeys = { accepted: "forks.json", considered: "considered.json" } as const;

/** Forks as text that two sides compare. */
export function forksText(forks: readonly ForkTime[]): string {
  return JSON.stringify(forks.map(({ name, time }) => ({ name, time })));
}

/** A validator as all nodes know it. */
export interface KnownValidator {
  name: string;
  enodeId: string;
  address: string;
  /** Name by which the others reach it. */
  host: string;
}

/** Manager of the ConfigMaps that init containers of nodes make. */
export const ethereumNodeManager = "baas-ethereum-node";

/** Name of the ConfigMap in which a node publishes who it is, once: `validator0-identity`. */
export function ethereumIdentityName(node: string): string {
  return `${node}${identitySuffix}`;
}

const identitySuffix = "-identity";

/** Whether a ConfigMap is one that a node reads: identities, the genesis, the forks, or the list of validators that joined later. */
export function isReadByEthereumNodes(configMap: string): boolean {
  return (
    [ethereumGenesisName, laterValidatorsName, ethereumForksName].includes(configMap) ||
    /^(validator|bootnode|rpc)\d+-identity$/.test(configMap)
  );
}

/** Keys of the ConfigMap of {@link ethereumIdentityName}. */
export const ethereumIdentityKeys = { enodeId: "enodeId", address: "address" } as const;

/** Secret with the key of an account with a balance, on networks of geth, where a sender needs one; they are for testing. */
export const ethereumTestAccount = { secret: "ethereum-test-account", key: "privateKey" } as const;

/** Name of the init container that makes the node's key and fetches the genesis. */
export const ethereumNodeContainerName = "node";

/** Environment variables of that container. */
export const ethereumNodeVariables = {
  node: "ETHEREUM_NODE",
  network: "ETHEREUM_NETWORK",
  client: "ETHEREUM_CLIENT",
  /** Whether the node signs blocks: true or false. */
  signs: "ETHEREUM_SIGNS",
  /** Forks that begin after the first block, as {@link forksText} has them; absent for none. Nodes restart when they change. */
  forks: "ETHEREUM_FORKS",
  /** Names and hosts of the bootnodes as JSON, for nodes that dial them instead of validators. */
  bootnodes: "ETHEREUM_BOOTNODES",
  /** Path of the file with the accounts that may send transactions; absent where all may. */
  allowedAccounts: "ETHEREUM_ALLOWED_ACCOUNTS",
  /** Folder of the volume, if other than {@link ethereumDataDir}. */
  dataDir: "ETHEREUM_DATA_DIR",
} as const;

/** Where a node's volume is mounted. */
export const ethereumDataDir = "/data";

/** Files on a node's volume, below {@link ethereumDataDir}. */
export const ethereumFiles = {
  key: "key",
  genesis: "genesis.json",
  staticNodes: "static-nodes.json",
  gethConfig: "config.toml",
  keystore: "keystore",
  password: "password",
  allowedAccounts: "accounts.toml",
} as const;

/**
 * File with the accounts that may send transactions, in the volume `configuration` of nodes of Besu, and where that is mounted. Besu writes
 * the file anew when it starts, so it gets a copy.
 */
export const allowedAccountsFile = "accounts.toml";
export const allowedAccountsDir = "/etc/baas/ethereum";

/** Name of the Job that deploys a contract and reads it back from every node. */
export const ethereumSmokeTestName = "smoke-test";

/** Environment variables of its container. */
export const ethereumSmokeTestVariables = {
  chainId: "SMOKE_TEST_CHAIN_ID",
  /** Names and addresses of all nodes as JSON, that which gets the transactions first. */
  nodes: "SMOKE_TEST_NODES",
  /** File with the key of the sender; without it, the sender is new and has no balance. */
  keyFile: "SMOKE_TEST_KEY_FILE",
  /** Blocks from which on a transaction's block counts as settled, its own among them; 1 without it. */
  confirmations: "SMOKE_TEST_CONFIRMATIONS",
  /** Longest time for everything, in seconds. */
  timeoutSeconds: "SMOKE_TEST_TIMEOUT_SECONDS",
  /** File that the result is written to, if not Kubernetes' usual one. */
  messageFile: "SMOKE_TEST_MESSAGE_FILE",
} as const;

/** A node that the smoke test calls. */
export interface SmokeTestNode {
  name: string;
  /** Host and port of its JSON-RPC. */
  address: string;
}

/** Result of a run. As JSON it is the termination message of the container, which `npm start` reads. */
export interface EthereumSmokeTestResult {
  chainId: number;
  /** Address of the contract. */
  contract: string;
  transactions: EthereumTransaction[];
  /** What every node read, and the nodes. */
  answer: string;
  readBack: string[];
  /** ISO 8601. */
  readAt: string;
}

/** A transaction in a block. */
export interface EthereumTransaction {
  what: string;
  hash: string;
  block: number;
  /** ISO 8601. */
  at: string;
}

/** Validators that must agree on a block: with clique more than half, with QBFT two thirds. */
export function quorumOf(client: EthereumClient, validators: number): number {
  return client === "geth" ? Math.floor(validators / 2) + 1 : Math.ceil((2 * validators) / 3);
}

/**
 * Blocks from which on a transaction's block stays, its own among them. With QBFT a block is final. With clique a validator signs one block
 * of so many, so that by then more than half of them have built on it.
 */
export function confirmationsOf(client: EthereumClient, validators: number): number {
  return client === "geth" ? quorumOf(client, validators) : 1;
}

/** What another number of validators means: `quorum 3 -> 4, tolerates 1`. */
export function quorumText(client: EthereumClient, before: number, after: number): string {
  const [old, now] = [before, after].map((validators) => quorumOf(client, validators));
  return `quorum ${old === now ? now : `${old} -> ${now}`}, tolerates ${after - now!}`;
}
