/** A stack of Ethereum on a cluster of a test: its nodes' JSON-RPC, its smoke test, and transactions that are sent to it. */
import { setTimeout as sleep } from "node:timers/promises";

import { createPublicClient, createWalletClient, defineChain, type Hash, http } from "viem";
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
    const client = await this.client("rpc0");
    const wallet = await this.wallet(await this.urlOf("rpc0"));
    const { account } = wallet;
    const first = await client.getTransactionCount({ address: account.address });
    const sent: Hash[] = [];
    for (let i = 0; i < count; i++) {
      if (i === Math.floor(count / 4)) await meanwhile?.();
      sent.push(await wallet.sendTransaction({ to: account.address, nonce: first + i, gas: 21_000n, ...this.price }));
      await sleep(50);
    }
    const wait = (hash: Hash) => client.waitForTransactionReceipt({ hash, timeout: 90_000, pollingInterval: 500 });
    const receipts = await Promise.all(sent.map(wait));
    expect(receipts.map(({ status }) => status)).toEqual(sent.map(() => "success"));
    return sent.at(-1)!;
  }

  /** What a transaction pays and moves: nothing where gas is free, as its sender has no balance. */
  get price() {
    return this.isFree ? { gasPrice: 0n, type: "legacy" as const, value: 0n } : { value: 1n };
  }

  /** A wallet that may send, by a URL. */
  async wallet(url: string) {
    const account = privateKeyToAccount(this.isFree ? this.sender : await this.fundedKey());
    return createWalletClient({ account, chain: this.chain, transport: http(url) });
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

async function answers(url: string): Promise<boolean> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "net_version", params: [] });
  const asked = fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(5000) });
  return asked.then(({ ok }) => ok).catch(() => false);
}
