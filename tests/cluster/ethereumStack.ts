/** A stack of Ethereum on a cluster of a test: its nodes' JSON-RPC, its smoke test, and transactions that are sent to it. */
import { setTimeout as sleep } from "node:timers/promises";

import {
  BaseError,
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hash,
  http,
  HttpRequestError,
  keccak256,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { expect } from "vitest";

import { connect } from "../../cli/engine/cluster/clusterConnection";
import { ethereumResults, readEthereum } from "../../cli/start/ethereumMilestones";
import { ethereumPorts } from "../../model/contracts/ethereum";
import type { FabricCluster } from "./fabricCluster";
import { type ForwardedPort, forwardPort } from "./kubectl";

/** One stack. Its forwarded ports must be closed. */
export class EthereumStack {
  private readonly forwards = new Map<string, ForwardedPort>();
  private readonly sender = generatePrivateKey();

  /**
   * @param stack - its name, which is that of its namespace too
   * @param isFree - whether gas costs nothing, so that anybody may send
   */
  constructor(
    private readonly cluster: FabricCluster,
    readonly stack: string,
    private readonly chainId: number,
    private readonly isFree: boolean,
  ) {}

  /** Address of the account that sends on networks where gas is free. */
  get senderAddress(): string {
    return privateKeyToAccount(this.sender).address;
  }

  /** Stops forwarding ports. */
  close(): void {
    for (const forward of this.forwards.values()) forward.process.kill();
  }

  /** What its smoke test has found. */
  async smokeTest() {
    const connection = await connect(this.cluster.cluster.context);
    const objects = await readEthereum(connection, this.stack).finally(() => connection.close());
    return ethereumResults(objects)[0]!;
  }

  /** A client of a node. */
  async client(node: string) {
    return createPublicClient({ chain: this.chain, transport: http(await this.urlOf(node), { retryCount: 0 }) });
  }

  /** Calls a method of a node's JSON-RPC that viem does not know. */
  async call<T>(node: string, method: string, ...params: unknown[]): Promise<T> {
    const request = (await this.client(node)).request as (what: object) => Promise<unknown>;
    return (await request({ method, params })) as T;
  }

  /**
   * Sends transactions to rpc0, one after another, and waits until all of them are in blocks.
   *
   * @param meanwhile - is called when a quarter of them is sent
   * @returns the last one's hash
   */
  async send(count: number, meanwhile?: () => Promise<unknown>): Promise<Hash> {
    const account = await this.account();
    const { address: to } = account;
    const first = await this.patiently((client) => client.getTransactionCount({ address: to }));
    const fees = this.isFree
      ? this.price
      : { value: 1n, type: "eip1559" as const, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
    const sent: Hash[] = [];
    for (let i = 0; i < count; i++) {
      if (i === Math.floor(count / 4)) await meanwhile?.();
      const transaction = { chainId: this.chainId, to, nonce: first + i, gas: 21_000n, ...fees };
      const serializedTransaction = await account.signTransaction(transaction);
      let isRepeated = false;
      await this.patiently(
        async (client) => {
          const sending = client.sendRawTransaction({ serializedTransaction });
          await sending.catch((error: Error) => {
            // Only the answer to an earlier attempt was lost.
            if (!isRepeated || !/known|nonce too low/i.test(error.message)) throw error;
          });
        },
        () => (isRepeated = true),
      );
      sent.push(keccak256(serializedTransaction));
      await sleep(50);
    }
    for (const hash of sent) {
      const { status } = await this.patiently((client) =>
        client.waitForTransactionReceipt({ hash, timeout: 300_000, pollingInterval: 500 }),
      );
      expect(status).toBe("success");
    }
    return sent.at(-1)!;
  }

  /** What a transaction pays and moves: nothing where gas is free, as its sender has no balance. */
  get price() {
    return this.isFree ? { gasPrice: 0n, type: "legacy" as const, value: 0n } : { value: 1n };
  }

  /** A wallet that may send, by a URL. */
  async wallet(url: string) {
    return createWalletClient({ account: await this.account(), chain: this.chain, transport: http(url) });
  }

  /** Who sends. */
  private async account() {
    return privateKeyToAccount(this.isFree ? this.sender : await this.fundedKey());
  }

  /**
   * Asks rpc0, again and again while that is away, as it is while it restarts.
   *
   * @param onFailure - is called before another attempt
   */
  private async patiently<T>(
    ask: (client: Awaited<ReturnType<EthereumStack["client"]>>) => Promise<T>,
    onFailure?: () => void,
  ): Promise<T> {
    for (const deadline = Date.now() + 180_000; ; await sleep(1000)) {
      try {
        return await ask(await this.client("rpc0"));
      } catch (error) {
        if (!isUnanswered(error as Error) || Date.now() > deadline) throw error;
        onFailure?.();
      }
    }
  }

  private get chain() {
    return defineChain({
      id: this.chainId,
      name: this.stack,
      nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
      rpcUrls: { default: { http: [] } },
    });
  }

  /** Key of the account that the controller made for tests. */
  private async fundedKey(): Promise<`0x${string}`> {
    const get = ["get", "secret", "ethereum-test-account", "-o", "json"];
    const secret = JSON.parse(await this.cluster.kubectl("-n", this.stack, ...get));
    return Buffer.from(secret.data.privateKey, "base64").toString() as `0x${string}`;
  }

  /** A port of this machine that leads to a node's JSON-RPC; another one when its pod has gone. */
  private async urlOf(node: string): Promise<string> {
    const known = this.forwards.get(node);
    if (known !== undefined && known.process.exitCode === null && (await answers(urlOf(known)))) return urlOf(known);
    known?.process.kill();
    const forward = await forwardPort(this.cluster.cluster, this.stack, `pod/${node}-0`, ethereumPorts.rpc);
    this.forwards.set(node, forward);
    return urlOf(forward);
  }
}

/** Besu answers only to names that it knows. */
const urlOf = ({ port }: ForwardedPort): string => `http://localhost:${port}`;

/** Whether a node, or the port that leads to it, is away. */
function isUnanswered(error: Error): boolean {
  if (!(error instanceof BaseError)) return error.message.includes("port-forward");
  return error.walk((cause) => cause instanceof HttpRequestError) !== null;
}

async function answers(url: string): Promise<boolean> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "net_version", params: [] });
  const asked = fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(5000) });
  return asked.then(({ ok }) => ok).catch(() => false);
}
