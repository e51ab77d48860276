/** The test: a contract is deployed and called by one node, and every node reads the result back. */
import { randomInt } from "node:crypto";

import {
  type Abi,
  type Account,
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hash,
  http,
  type PublicClient,
  type TransactionReceipt,
} from "viem";

import type { EthereumSmokeTestResult, EthereumTransaction, SmokeTestNode } from "../../../model/contracts/ethereum";
import { Failure, messageOf, TryAgain } from "../../common/failure";
import type { Log } from "../../common/log";
import { retry } from "../../common/retry";

/** What is tested. */
export interface SmokeTest {
  chainId: number;
  /** All nodes; the first one gets the transactions. */
  nodes: SmokeTestNode[];
  /** The sender. */
  account: Account;
  /** Whether gas costs nothing. */
  isFree: boolean;
  contract: { abi: Abi; bytecode: `0x${string}` };
  /** Longest time for everything, in milliseconds. */
  timeout: number;
}

/**
 * Runs the test.
 *
 * @throws {@link Failure} naming what failed, and where
 */
export async function smokeTest(test: SmokeTest, log: Log): Promise<EthereumSmokeTestResult> {
  const { chainId, nodes, account, isFree, contract, timeout } = test;
  const [first] = nodes;
  if (first === undefined) throw new Failure("There is no node to call");
  const ends = Date.now() + timeout;
  const chain = defineChain({
    id: chainId,
    name: "test",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [urlOf(first)] } },
  });
  const clients = new Map(
    nodes.map((node) => [node.name, createPublicClient({ chain, transport: http(urlOf(node), { retryCount: 0 }) })]),
  );
  const client = clients.get(first.name)! as PublicClient;
  const wallet = createWalletClient({ account, chain, transport: http(urlOf(first), { retryCount: 0 }) });
  const until = <T>(what: string, attempt: () => Promise<T>): Promise<T> => persist(what, attempt, ends, log);
  const price = isFree ? { gasPrice: 0n, type: "legacy" as const } : {};

  // Of an old chain a node that starts has blocks, and may follow it only later. What geth takes before, nodes that do not follow it either
  // drop, and it is not sent again.
  let had: bigint | undefined;
  await until(`${first.name} to get new blocks`, async () => {
    const id = await client.getChainId();
    if (id !== chainId) throw new Failure(`${first.name} has chain ID ${id}, not ${chainId}`);
    const block = await client.getBlockNumber({ cacheTime: 0 });
    had ??= block;
    if (block <= had) throw new TryAgain(`its last block is ${block}`);
  });
  const value = BigInt(randomInt(1, 2 ** 31));
  const deployment = await until("the deployment", () => wallet.deployContract({ ...contract, args: [0n], ...price }));
  const deployed = await receipt(client, deployment, "Storage deployed", until);
  const address = deployed.receipt.contractAddress;
  if (!address) throw new Failure("The deployment made no contract");
  const call = { address, abi: contract.abi, functionName: "store", args: [value] };
  const sent = await until("the call", () => wallet.writeContract({ ...call, ...price }));
  const called = await receipt(client, sent, `store(${value})`, until);
  for (const { name } of nodes) {
    await until(`${name} to read ${value}`, async () => {
      const read = await clients.get(name)!.readContract({ address, abi: contract.abi, functionName: "value" });
      if (read !== value) throw new TryAgain(`${name} reads ${String(read)}`);
    });
  }
  return {
    ...{ chainId, contract: address },
    transactions: [deployed.transaction, called.transaction],
    answer: String(value),
    readBack: nodes.map(({ name }) => name),
    readAt: new Date().toISOString(),
  };
}

const urlOf = ({ address }: SmokeTestNode): string => `http://${address}`;

type Until = <T>(what: string, attempt: () => Promise<T>) => Promise<T>;

async function receipt(
  client: PublicClient,
  hash: Hash,
  what: string,
  until: Until,
): Promise<{ receipt: TransactionReceipt; transaction: EthereumTransaction }> {
  const found = await until(`${what} to be in a block`, () => client.getTransactionReceipt({ hash }));
  if (found.status !== "success") throw new Failure(`${what} failed in block ${found.blockNumber}`);
  const { timestamp } = await client.getBlock({ blockNumber: found.blockNumber });
  const at = new Date(Number(timestamp) * 1000).toISOString();
  return { receipt: found, transaction: { what, hash, block: Number(found.blockNumber), at } };
}

/** Makes attempts until one succeeds: nodes may start, and blocks take their time. */
function persist<T>(what: string, attempt: () => Promise<T>, ends: number, log: Log): Promise<T> {
  const patient = async (): Promise<T> => {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Failure) throw error;
      // The first line of what viem says: the rest is about the call.
      const { shortMessage } = error as { shortMessage?: string };
      throw new TryAgain(`${what}: ${(shortMessage ?? messageOf(error)).slice(0, 300)}`);
    }
  };
  const patience = { timeout: Math.max(1, ends - Date.now()), shortest: 250, longest: 1000 };
  return retry(patient, patience, (cause) => log.info(`waiting for ${cause}`));
}
