/** The benchmark `json-rpc`: what the gateway of an Ethereum network adds to reads, and takes of transactions, on geth. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createPublicClient, createWalletClient, defineChain, type Hash, http, parseEther } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

import { toFilter } from "../components/ethereum/ethereumGateway";
import { passThroughConfiguration } from "../components/gateway/passThroughConfiguration";
import { ensureBuilt } from "../local-cluster/goModule";
import { goProgramOf } from "../local-cluster/goProgramImage";
import { progressTo } from "../local-cluster/progress";
import { run } from "../local-cluster/run";
import { jsonRpcSettingsVariable, usualMethods } from "../model/contracts/jsonRpc";
import { passThroughHealthPort, ports } from "../model/contracts/ports";
import { versions } from "../model/files/versions";
import { gatewayLimits } from "../model/stackFile/gatewaySchema";
import { freePort } from "../services/common/testing/freePort";
import { findHaproxy } from "../tests/edge/haproxyProgram";

const rounds = Number(process.env.RUNS ?? 5);
const readsEach = 500;
const senders = 10;
/** Transactions a second that all senders offer together in the first part, and how many each has. */
const offered = 200;
const pacedEach = 160;
/** How many each has in the second part, in which it sends as fast as it is answered. */
const fastEach = 300;
const host = "localhost";

const chain = defineChain({
  ...{ id: 1337, name: "dev", rpcUrls: { default: { http: [] } } },
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
});

/**
 * Measures the cost of the gateway: clients in this process call one geth, which makes a block a second, directly and through HAProxy and
 * the filter, in turns, RUNS times (5): reads one after another; then ten senders at once, whose transactions are signed before: 200 a second,
 * and as many as they can. Rates are those of the blocks that were made meanwhile, so that the end of the last one is no part of them.
 */
export async function measureJsonRpc(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "baas-bench-"));
  const children: ChildProcess[] = [];
  try {
    // The filter's certificate is its own.
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    const ways = await start(folder, children);
    const accounts = await fundedAccounts(ways.direct);
    const figures: Record<string, Figures[]> = { direct: [], gateway: [] };
    for (let round = 0; round <= rounds; round++) {
      const order = Object.entries(ways);
      // The first round only warms up. Rounds begin with each way in turn, as the machine may slow down with time.
      for (const [way, url] of round % 2 === 0 ? order : order.reverse()) {
        const read = await reads(url);
        const paced = await committed(url, ways.direct, accounts, pacedEach, offered);
        const rate = await committed(url, ways.direct, accounts, fastEach);
        const measured = { ...read, paced, rate };
        if (round > 0) figures[way]!.push(measured);
      }
    }
    for (const [way, all] of Object.entries(figures)) console.log(`${way.padEnd(8)} ${describe(all)}`);
    console.log(`gateway of direct: ${compared(figures.gateway!, figures.direct!)}`);
  } finally {
    for (const child of children) {
      const ended = once(child, "exit");
      if (child.exitCode === null && child.kill()) await ended;
    }
    rmSync(folder, { recursive: true });
  }
}

/** Starts geth, the filter and HAProxy. Returns the ways to geth. */
async function start(folder: string, children: ChildProcess[]): Promise<{ direct: string; gateway: string }> {
  const begin = (program: string, args: string[], env: NodeJS.ProcessEnv = {}): void => {
    children.push(spawn(program, args, { stdio: "ignore", env: { ...process.env, ...env } }));
  };
  const quiet = progressTo((line) => console.log(line));
  const { module } = goProgramOf("docker.io/ethereum/client-go", versions.images.geth.split(":")[1]!)!;
  const geth = join(await ensureBuilt(module, quiet), "geth");
  const haproxy = await findHaproxy();
  if (typeof haproxy === "string") throw new Error(haproxy);
  const filter = join(__dirname, "..", "services", "rpc");
  await run(process.execPath, ["build.mjs"], { cwd: filter });
  const [rpc, webSocket, port, edge, health, metrics] = await Promise.all(Array.from({ length: 6 }, freePort));
  begin(geth, [
    ...[
      "--dev",
      "--dev.period=1",
      "--dev.gaslimit=100000000",
      `--datadir=${folder}/geth`,
      "--nodiscover",
      "--port=0",
      "--ipcdisable",
    ],
    ...["--http", `--http.port=${rpc}`, "--ws", `--ws.port=${webSocket}`, `--authrpc.port=${await freePort()}`],
  ]);
  const settings = {
    ...{
      port,
      metricsPort: metrics,
      healthPort: await freePort(),
      proxyProtocol: true,
      tls: { host },
      methods: usualMethods,
    },
    nodes: [{ name: "rpc0", rpc: `127.0.0.1:${rpc}`, webSocket: `127.0.0.1:${webSocket}` }],
    limits: { bodyBytes: 1024 ** 2, batch: 100, logBlocks: 10_000, subscriptions: 20, callsPerSecond: 100_000 },
  };
  writeFileSync(join(folder, "settings.json"), JSON.stringify(settings));
  const direct = `http://127.0.0.1:${rpc}`;
  await until(direct);
  begin(process.execPath, [join(filter, "dist", "main.mjs")], {
    [jsonRpcSettingsVariable]: join(folder, "settings.json"),
  });
  const surroundings = { namespace: "bench", ipFamilies: undefined };
  const limits = gatewayLimits.parse({});
  const exposure = { proxyProtocol: false };
  const clusterDomain = "cluster.local";
  const configuration = passThroughConfiguration({
    host,
    limits,
    exposure,
    surroundings,
    clusterDomain,
    target: toFilter,
  })
    ["haproxy.cfg"]!.replace(`bind :${ports.gateway}`, `bind 127.0.0.1:${edge}`)
    .replace(`bind :${passThroughHealthPort}`, `bind 127.0.0.1:${health}`)
    .replace(/(server json-rpc) \S+ /, `$1 127.0.0.1:${port} `);
  writeFileSync(join(folder, "haproxy.cfg"), configuration);
  begin(haproxy.path, ["-W", "-db", "-f", join(folder, "haproxy.cfg")], haproxy.env);
  await until(`https://${host}:${edge}`);
  return { direct, gateway: `https://${host}:${edge}` };
}

/** Waits until a node answers. */
async function until(url: string): Promise<void> {
  const client = createPublicClient({ chain, transport: http(url, { retryCount: 0 }) });
  for (const deadline = Date.now() + 60_000; ;) {
    try {
      return void (await client.getBlockNumber());
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

type Account = ReturnType<typeof privateKeyToAccount>;

/** New accounts, to which the account of geth has given something. */
async function fundedAccounts(direct: string): Promise<Account[]> {
  const wallet = createWalletClient({ chain, transport: http(direct) });
  const client = createPublicClient({ chain, transport: http(direct) });
  const [account] = await wallet.getAddresses();
  const accounts = Array.from({ length: senders }, () => privateKeyToAccount(generatePrivateKey()));
  for (const { address: to } of accounts) {
    const hash = await wallet.sendTransaction({ account: account!, to, value: parseEther("10") });
    await client.waitForTransactionReceipt({ hash, pollingInterval: 200 });
  }
  return accounts;
}

/** Milliseconds of one read. */
async function reads(url: string): Promise<{ p50: number; p95: number }> {
  const client = createPublicClient({ chain, transport: http(url) });
  const times: number[] = [];
  for (let i = 0; i < readsEach; i++) {
    const began = performance.now();
    await client.getBalance({ address: "0x0000000000000000000000000000000000000000" });
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(readsEach / 2)]!, p95: times[Math.floor(readsEach * 0.95)]! };
}

/**
 * Sends transactions by a way, and waits until all are in blocks.
 *
 * @param perSecond - how many all senders send in a second; absent where each sends as soon as it is answered
 * @returns how many a second got into blocks while all were sending
 */
async function committed(
  url: string,
  direct: string,
  accounts: readonly Account[],
  each: number,
  perSecond?: number,
): Promise<number> {
  const client = createPublicClient({ chain, transport: http(direct) });
  const way = createPublicClient({ chain, transport: http(url) });
  const signed = await Promise.all(accounts.map((account) => signedBy(account, client, each)));
  const began = performance.now();
  const blocks = new SeenBlocks(direct);
  const interval = perSecond === undefined ? 0 : (senders * 1000) / perSecond;
  let end: number | undefined;
  const hashes = await Promise.all(
    signed.map(async (own) => {
      let hash: Hash = "0x";
      for (const [i, serializedTransaction] of own.entries()) {
        const early = began + i * interval - performance.now();
        if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
        hash = await way.sendRawTransaction({ serializedTransaction });
      }
      // The first one that is done ends the time in which all send.
      end ??= performance.now();
      return hash;
    }),
  );
  await Promise.all(hashes.map((hash) => client.waitForTransactionReceipt({ hash, pollingInterval: 50 })));
  await blocks.stop();
  return blocks.rate(began, end!);
}

/** Blocks, and when each was seen first. */
class SeenBlocks {
  private readonly client;
  private readonly seen: { time: number; transactions: number }[] = [];
  private readonly looking: Promise<void>;
  private isOver = false;

  constructor(url: string) {
    this.client = createPublicClient({ chain, transport: http(url) });
    this.looking = this.look();
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.looking;
  }

  /** Transactions a second in the blocks between the first and the last that were seen within a time. */
  rate(began: number, end: number): number {
    const [first, ...others] = this.seen.filter(({ time }) => time > began && time <= end);
    if (others.length < 2) throw new Error("too few blocks were made meanwhile: the senders need more transactions");
    const count = others.reduce((sum, { transactions }) => sum + transactions, 0);
    return (1000 * count) / (others.at(-1)!.time - first!.time);
  }

  private async look(): Promise<void> {
    for (let known = await this.head(); !this.isOver;) {
      const head = await this.head();
      const time = performance.now();
      for (; known < head; known++) {
        const transactions = await this.client.getBlockTransactionCount({ blockNumber: known + 1n });
        this.seen.push({ time, transactions });
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private head(): Promise<bigint> {
    return this.client.getBlockNumber({ cacheTime: 0 });
  }
}

/** Transactions of an account, signed. */
async function signedBy(
  account: Account,
  client: { getTransactionCount(of: { address: Hash }): Promise<number> },
  count: number,
): Promise<Hash[]> {
  const first = await client.getTransactionCount({ address: account.address });
  const same = { to: account.address, value: 1n, chainId: chain.id, type: "eip1559" } as const;
  const price = { gas: 21_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
  return Promise.all(
    Array.from({ length: count }, (_, i) => account.signTransaction({ ...same, ...price, nonce: first + i })),
  );
}

/** Milliseconds of reads, and transactions a second: of those that are offered evenly, and as many as come. */
interface Figures {
  p50: number;
  p95: number;
  paced: number;
  rate: number;
}

const sorted = (all: readonly Figures[], key: keyof Figures) => all.map((each) => each[key]).sort((a, b) => a - b);
const middle = (all: readonly Figures[], key: keyof Figures) => sorted(all, key)[Math.floor(all.length / 2)]!;

/** Medians of all rounds, and the ranges of rates. */
function describe(all: readonly Figures[]): string {
  const rate = (key: "paced" | "rate"): string => {
    const range = sorted(all, key);
    return `${middle(all, key).toFixed(0)} (${range[0]!.toFixed(0)} to ${range.at(-1)!.toFixed(0)})`;
  };
  const read = `a read ${middle(all, "p50").toFixed(2)} ms (95 %: ${middle(all, "p95").toFixed(2)})`;
  return `${read}; in blocks ${rate("paced")} transactions/s of ${offered}, ${rate("rate")} of as many as come`;
}

/** One way in comparison with another, by medians. */
function compared(one: readonly Figures[], other: readonly Figures[]): string {
  const share = (key: keyof Figures): string => `${((100 * middle(one, key)) / middle(other, key)).toFixed(0)} %`;
  const added = (middle(one, "p50") - middle(other, "p50")).toFixed(2);
  return `a read ${added} ms more; ${share("paced")} of transactions at ${offered}/s, ${share("rate")} of as many as come`;
}
