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
const transactionsEach = 50;
const host = "localhost";

const chain = defineChain({
  ...{ id: 1337, name: "dev", rpcUrls: { default: { http: [] } } },
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
});

/**
 * Measures the cost of the gateway: clients in this process call one geth, which makes a block a second, directly and through HAProxy and
 * the filter, in turns, RUNS times (5): reads one after another, then transactions of ten senders at once until all are in blocks.
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
        const measured = { ...(await reads(url)), rate: await committed(url, ways.direct, accounts) };
        if (round > 0) figures[way]!.push(measured);
      }
    }
    for (const [way, all] of Object.entries(figures)) console.log(`${way.padEnd(8)} ${describe(all)}`);
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
    ...["--dev", "--dev.period=1", `--datadir=${folder}/geth`, "--nodiscover", "--port=0", "--ipcdisable"],
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

/** Transactions a second that were sent by a way, until all of them are in blocks. */
async function committed(url: string, direct: string, accounts: readonly Account[]): Promise<number> {
  const client = createPublicClient({ chain, transport: http(direct) });
  const began = performance.now();
  const last = await Promise.all(
    accounts.map(async (account) => {
      const wallet = createWalletClient({ account, chain, transport: http(url) });
      const first = await client.getTransactionCount({ address: account.address });
      const price = { gas: 21_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
      let hash: Hash = "0x";
      for (let i = 0; i < transactionsEach; i++) {
        hash = await wallet.sendTransaction({ to: account.address, value: 1n, nonce: first + i, ...price });
      }
      return hash;
    }),
  );
  await Promise.all(last.map((hash) => client.waitForTransactionReceipt({ hash, pollingInterval: 50 })));
  return (senders * transactionsEach * 1000) / (performance.now() - began);
}

/** Milliseconds of reads, and transactions a second. */
interface Figures {
  p50: number;
  p95: number;
  rate: number;
}

/** Medians of all rounds, and the rate's range. */
function describe(all: readonly Figures[]): string {
  const sorted = (key: keyof Figures) => all.map((each) => each[key]).sort((a, b) => a - b);
  const middle = (key: keyof Figures) => sorted(key)[Math.floor(all.length / 2)]!;
  const rates = sorted("rate");
  const range = `${rates[0]!.toFixed(0)} to ${rates.at(-1)!.toFixed(0)}`;
  return `a read ${middle("p50").toFixed(2)} ms (95 %: ${middle("p95").toFixed(2)}); ${middle("rate").toFixed(0)} transactions/s (${range})`;
}
