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
  /** Blocks from which on a transaction's block counts as settled, its own among them. */
  confirmations: number;
  /** Longest time for everything, in milliseconds. */
  timeout: number;
}

/**
 * Runs the test.
 *
 * @throws {@link Failure} naming what failed, and where
 */
export async function smokeTest(test: SmokeTest, log: Log): Promise<EthereumSmokeTestResult> {
  const { chainId, nodes, account, isFree, contract, confirmations, timeout } = test;
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
  const deployed = { what: "Storage deployed", hash: deployment };
  const { contractAddress: address } = await receipt(client, deployed, until);
  if (!address) throw new Failure("The deployment made no contract");
  const call = { address, abi: contract.abi, functionName: "store", args: [value] };
  const sent = await until("the call", () => wallet.writeContract({ ...call, ...price }));
  const called = { what: `store(${value})`, hash: sent };
  await receipt(client, called, until);
  for (const { name } of nodes) {
    await until(`${name} to read ${value}`, async () => {
      const read = await clients.get(name)!.readContract({ address, abi: contract.abi, functionName: "value" });
      if (read !== value) throw new TryAgain(`${name} reads ${String(read)}`);
    });
  }
  const readAt = new Date().toISOString();
  return {
    ...{ chainId, contract: address },
    transactions: [
      await settled(client, deployed, confirmations, until),
      await settled(client, called, confirmations, until),
    ],
    answer: String(value),
    ...{ readBack: nodes.map(({ name }) => name), readAt },
  };
}

const urlOf = ({ address }: SmokeTestNode): string => `http://${address}`;

type Until = <T>(what: string, attempt: () => Promise<T>) => Promise<T>;

/** A transaction that was sent. */
interface Sent {
  what: string;
  hash: Hash;
}

async function receipt(client: PublicClient, { what, hash }: Sent, until: Until): Promise<TransactionReceipt> {
  const found = await until(`${what} to be in a block`, () => client.getTransactionReceipt({ hash }));
  if (found.status !== "success") throw new Failure(`${what} failed in block ${found.blockNumber}`);
  return found;
}

/** The block that a transaction stays in: with clique, the first one that has it may lose to another, which then has it. */
async function settled(
  client: PublicClient,
  sent: Sent,
  confirmations: number,
  until: Until,
): Promise<EthereumTransaction> {
  const { what, hash } = sent;
  await until(`${what} to be ${confirmations} blocks deep`, async () => {
    const depth = await client.getTransactionConfirmations({ hash });
    if (depth < BigInt(confirmations)) throw new TryAgain(`it is ${depth} deep`);
  });
  const { blockNumber, blockHash } = await receipt(client, sent, until);
  const { timestamp } = await until(`the block of ${what}`, () => client.getBlock({ blockHash }));
  return { what, hash, block: Number(blockNumber), at: new Date(Number(timestamp) * 1000).toISOString() };
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
