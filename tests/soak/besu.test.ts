/**
 * A network of real Besu with QBFT: it comes up, loses nothing when a validator is killed under load, stalls without a quorum and says so,
 * and is the same chain after restarts, another version, a fork, and destroy and apply. BESU_ARCHIVES names release archives of Besu; with two
 * of them, it begins with the older one. It prints durations and memory for people to judge.
 */
import { createHash } from "node:crypto";

import { createPublicClient, type Hash, webSocket } from "viem";
import { afterAll, describe, expect, vi } from "vitest";

import { fleetStatus, readFleet } from "../../cli/status/fleetStatus";
import { kafkaCaName, rootKeyOf } from "../../model/contracts/certificateAuthority";
import { rootsConfigMapName } from "../../model/contracts/names";
import { platformCaName } from "../../model/contracts/platformCa";
import { usualCertificateLife } from "../../model/platform/alerts";
import { ethereumAlerts } from "../../model/platform/alerts/ethereum";
import { ethereumDashboard } from "../../model/platform/dashboards/ethereum";
import { seriesOf } from "../alerts/seriesOfRules";
import { EthereumGatewayPort } from "../cluster/ethereumGateway";
import { EthereumStack } from "../cluster/ethereumStack";
import { FabricCluster } from "../cluster/fabricCluster";
import { PrometheusReader } from "../cluster/monitoring/prometheusReader";

const minutes = 60_000;
const cluster = new FabricCluster("test-besu", 1, "besu");
const kubectl = cluster.kubectl.bind(cluster);
const test = cluster.test.bind(cluster);

const stack = "besu";
const chain = new EthereumStack(cluster, stack, 20490, true);
afterAll(() => chain.close());

const validators = ["validator0", "validator1", "validator2", "validator3"];
const nodes = ["rpc0", ...validators];
// Besu starts on no database of a newer release.
const versions = [...(process.env.BESU_ARCHIVES ?? "").matchAll(/besu-(\d[\w.-]*)\.tar\.gz/g)]
  .map(([, version]) => version!)
  .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));

const token = "rpc-test-only-0123456789abcdef0123456789";
const stackFile = `config:
  baas:ethereum:
    environment: local
    domain: besu.example.com
    gateway:
      port: 30448
      tokens: [{ name: tests, sha256: ${createHash("sha256").update(token).digest("hex")} }]
    chainId: 20490
    validators: 4
    blockPeriod: 1s
    storage: 2Gi
    smokeTest: true
`;

/** Has the project run a version of Besu. */
function useVersion(version: string): void {
  const file = cluster.project.read("infra/versions.yaml");
  cluster.project.write(
    "infra/versions.yaml",
    file.replace(/besu: hyperledger\/besu:\S+/, `besu: hyperledger/besu:${version}`),
  );
}

const seconds = (since: number): string => ((Date.now() - since) / 1000).toFixed(1);

async function applied(): Promise<void> {
  expect(await cluster.apply(stack, 9 * minutes)).toMatchObject({ end: "ready", notReady: [] });
}

const blockOf = async (node: string): Promise<number> => Number(await (await chain.client(node)).getBlockNumber());

/** The longest time between two blocks since one, in seconds. */
async function longestGap(from: number): Promise<number> {
  const client = await chain.client("validator0");
  const timeOf = async (blockNumber: number) =>
    Number((await client.getBlock({ blockNumber: BigInt(blockNumber) })).timestamp);
  let longest = 0;
  let last = await timeOf(from);
  for (let block = from + 1, head = await blockOf("validator0"); block <= head; block++) {
    const time = await timeOf(block);
    longest = Math.max(longest, time - last);
    last = time;
  }
  return longest;
}

/** Waits until a node has a transaction. */
async function untilKnown(node: string, hash: `0x${string}`): Promise<void> {
  const known = async () =>
    expect(await (await chain.client(node)).getTransactionReceipt({ hash })).toMatchObject({ status: "success" });
  await vi.waitFor(known, { timeout: 2 * minutes, interval: 1000 });
}

const untilReason = (reason: string): Promise<string> => cluster.untilReason(stack, "ethereumnetwork", "chain", reason);

/** The contract's transaction: the smoke test of each `apply` after a `destroy` has another. */
const deployment = async (): Promise<Hash> => (await chain.smokeTest()).transactions[0]!.hash as Hash;

/** The hash of the block that has a transaction, which stays the same while the chain does. */
const blockWith = async (hash: Hash, node: string): Promise<Hash> =>
  (await (await chain.client(node)).getTransactionReceipt({ hash })).blockHash;

describe("a network of Besu", () => {
  test("comes up, and has a contract that every node reads alike", async () => {
    cluster.project.write(`stacks/Pulumi.${stack}.yaml`, stackFile);
    useVersion(versions[0]!);
    const began = Date.now();
    await applied();
    const result = await chain.smokeTest();
    expect(result).toMatchObject({ chainId: 20490, readBack: nodes });
    const first = (Date.parse(result.transactions[0]!.at) - began) / 1000;
    const ready = seconds(began);
    // Before, the local cluster builds images of services, which others have from a registry.
    const [oldest] = (await cluster.list("statefulsets", "-n", stack))
      .map((set) => set.metadata.creationTimestamp)
      .sort();
    const built = (Date.parse(oldest) - began) / 1000;
    console.log(
      `Besu ${versions[0]}: apply to first transaction ${first} s, to all ready ${ready} s; the first node was made after ${built} s`,
    );
    expect(await untilReason("MakesBlocks")).toBe("The validators of chain 20490 make blocks");
  });

  test("takes a known amount of memory", async () => {
    for (const node of nodes) {
      const command = ["exec", `${node}-0`, "-c", "besu", "--", "cat", "/proc/1/status"];
      const said = await kubectl("-n", stack, ...command);
      const resident = Number(/VmRSS:\s+(\d+) kB/.exec(said)![1]);
      expect(resident).toBeGreaterThan(0);
      console.log(`${node}: resident ${Math.round(resident / 1024)} MiB`);
    }
  });

  test("has clients call by the gateway, and refuses what commands nodes, alone, in a batch and over a WebSocket", async () => {
    const gateway = await EthereumGatewayPort.open(cluster, stack, "rpc.besu.example.com");
    try {
      const wallet = await chain.wallet(gateway.url("http", token));
      const client = createPublicClient({ transport: webSocket(gateway.url("ws", token)) });
      const heads: bigint[] = [];
      const stop = client.watchBlockNumber({ onBlockNumber: (number) => heads.push(number) });
      const sent = await wallet.sendTransaction({ to: wallet.account.address, gas: 21_000n, ...chain.price });
      expect(await client.waitForTransactionReceipt({ hash: sent, timeout: minutes })).toMatchObject({
        status: "success",
      });
      await vi.waitFor(() => expect(heads.length).toBeGreaterThan(1), { timeout: minutes });
      stop();
      const refused = ["qbft_proposeValidatorVote", "admin_peers", "debug_traceTransaction", "eth_sendTransaction"];
      const none = (method: string) => `the method ${method} does not exist/is not available`;
      for (const method of refused) {
        await expect(client.request({ method: method as never })).rejects.toThrow(none(method));
        expect(await gateway.answers(token, [{ method }])).toMatchObject([{ error: { message: none(method) } }]);
      }
      const batch = [...refused, "eth_chainId"].map((method) => ({ method }));
      expect(await gateway.answers(token, batch)).toMatchObject([
        ...refused.map((method) => ({ error: { code: -32601, message: none(method) } })),
        { result: "0x500a" },
      ]);
      expect([await gateway.statusOf(token), await gateway.statusOf()]).toEqual([200, 401]);
      (await client.transport.getRpcClient()).close();
    } finally {
      gateway.close();
    }
  });

  test("loses no transaction when a validator is killed under load, which then catches up", async () => {
    const last = await chain.send(40, () =>
      kubectl("-n", stack, "delete", "pod", "validator1-0", "--grace-period=0", "--force"),
    );
    const since = Date.now();
    await untilKnown("validator1", last);
    console.log(`the killed validator had the last transaction ${seconds(since)} s after the load's end`);
  });

  test("stalls while two validators are away, says so, and goes on when one is back", async () => {
    const scale = (node: string, replicas: number) =>
      kubectl("-n", stack, "scale", "statefulset", node, `--replicas=${replicas}`);
    for (const node of ["validator2", "validator3"]) await scale(node, 0);
    expect(await untilReason("QuorumLost")).toMatch(
      /^2 of 4 validators answer, and 3 must agree on a block\. Silent: validator2 \(.+\), validator3 \(.+\)\.$/,
    );
    const before = await blockOf("validator0");
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    expect(await blockOf("validator0")).toBe(before);
    const since = Date.now();
    await scale("validator2", 1);
    await vi.waitFor(async () => expect(await blockOf("validator0")).toBeGreaterThan(before), {
      timeout: 3 * minutes,
      interval: 500,
    });
    console.log(`the next block ${seconds(since)} s after the third validator was started`);
    await scale("validator3", 1);
    await vi.waitFor(
      async () => expect(await untilReason("MakesBlocks")).toBe("The validators of chain 20490 make blocks"),
      {
        timeout: 2 * minutes,
        interval: 1000,
      },
    );
  });

  test("goes on after all nodes were restarted at once", async () => {
    const contract = await deployment();
    const before = await blockWith(contract, "rpc0");
    const pods = nodes.map((node) => `${node}-0`);
    const since = Date.now();
    await kubectl("-n", stack, "delete", "pod", ...pods, "--grace-period=0", "--force");
    await vi.waitFor(async () => expect((await chain.send(1)).length).toBe(66), {
      timeout: 4 * minutes,
      interval: 1000,
    });
    console.log(`restart of all: the next transaction after ${seconds(since)} s`);
    expect(await blockWith(contract, "validator3")).toBe(before);
  });

  test("rolls to another version, and loses nothing meanwhile", async (ctx) => {
    const [, next] = versions;
    if (next === undefined) return ctx.skip("BESU_ARCHIVES has no second release of Besu");
    useVersion(next);
    const before = await blockOf("validator0");
    const since = Date.now();
    const rolled = async () => {
      await applied();
      console.log(`version ${versions[0]} to ${next}: rolled in ${seconds(since)} s`);
    };
    await Promise.all([rolled(), chain.send(4)]);
    console.log(`at most ${await longestGap(before)} s from one block to the next meanwhile`);
    const last = await chain.send(1);
    for (const node of nodes) {
      expect(await chain.call(node, "web3_clientVersion")).toContain(`besu/v${next}/`);
      await untilKnown(node, last);
    }
  });

  test("has a fifth validator voted in, and out again before it stops", async () => {
    const voters = async () =>
      (await chain.call<string[]>("validator0", "qbft_getValidatorsByBlockNumber", "latest")).length;
    for (const [before, after] of [
      [4, 5],
      [5, 4],
    ]) {
      cluster.project.edit(file, `validators: ${before}`, `validators: ${after}`);
      const since = Date.now();
      await applied();
      console.log(`${before} validators to ${after}: ${seconds(since)} s`);
      expect(await voters()).toBe(after);
    }
    await untilKnown("validator3", await chain.send(1));
    expect(await cluster.list("statefulsets", "-n", stack)).toHaveLength(nodes.length);
  });

  const file = `stacks/Pulumi.${stack}.yaml`;
  /** A time as stack files have it, some minutes from now. */
  const minutesFromNow = (count: number): string =>
    new Date(Date.now() + count * minutes).toISOString().replace(/\.\d+Z$/, "Z");
  const forkAt = (time: string): void =>
    cluster.project.write(
      file,
      `${cluster.project.read(file).replace(/ +forks:.*\n/, "")}    forks: { prague: "${time}" }\n`,
    );

  test(
    "begins a fork at a time, for which every node restarts before, and none may be moved that has begun",
    async () => {
      const contract = await deployment();
      const before = await blockWith(contract, "rpc0");
      // The API server knows the time of the chain to some minutes.
      forkAt(minutesFromNow(-10));
      await expect(applied()).rejects.toThrow("spec.forks: a fork cannot begin in the past");
      const time = minutesFromNow(8);
      const seconds = Date.parse(time) / 1000;
      forkAt(time);
      const since = Date.now();
      const [last] = await Promise.all([chain.send(4), applied()]);
      console.log(`a fork: all nodes restarted in ${Math.round((Date.now() - since) / 1000)} s`);
      expect(Date.now() / 1000).toBeLessThan(seconds);
      // Blocks of Prague have a hash of requests.
      const head = (node: string) =>
        chain.call<{ number: string; timestamp: string; requestsHash?: string }>(
          node,
          "eth_getBlockByNumber",
          "latest",
          false,
        );
      expect(await head("rpc0")).not.toHaveProperty("requestsHash");
      await vi.waitFor(async () => expect(Number((await head("rpc0")).timestamp)).toBeGreaterThan(seconds + 5), {
        timeout: 10 * minutes,
        interval: 2000,
      });
      await chain.send(2);
      for (const node of nodes) {
        await untilKnown(node, last);
        expect(await head(node)).toHaveProperty("requestsHash");
      }
      expect(await blockWith(contract, "validator3")).toBe(before);
      await vi.waitFor(
        async () => {
          const { status } = JSON.parse(await kubectl("-n", stack, "get", "ethereumnetwork", "chain", "-o", "json"));
          expect(status.chainTime).toBeGreaterThanOrEqual(seconds);
        },
        { timeout: 3 * minutes, interval: 2000 },
      );
      forkAt(minutesFromNow(60));
      await expect(applied()).rejects.toThrow("spec.forks: a fork that has begun cannot be changed or removed");
      forkAt(time);
      await applied();
    },
    25 * minutes,
  );

  test("is the same chain after destroy and apply", async () => {
    const contract = await deployment();
    const before = await blockWith(contract, "validator2");
    await cluster.destroy(stack);
    const since = Date.now();
    await applied();
    console.log(`destroyed and applied: ready after ${seconds(since)} s`);
    expect(await blockWith(contract, "validator2")).toBe(before);
  });

  test(
    "takes transactions of allowed accounts alone, through a bootnode where there is one",
    async () => {
      const allow = (account: string): void => {
        const rest = cluster.project.read(file).replace(/ +(smokeTest|bootnodes|allowedAccounts):.*\n/g, "");
        cluster.project.write(file, `${rest}    bootnodes: 1\n    allowedAccounts: ["${account}"]\n`);
      };
      allow(chain.senderAddress);
      await applied();
      const last = await chain.send(1);
      for (const node of [...nodes, "bootnode0"]) await untilKnown(node, last);
      expect(Number(await chain.call("rpc0", "net_peerCount"))).toBe(1);
      allow(`0x${"12".repeat(20)}`);
      await applied();
      await expect(chain.send(1)).rejects.toThrow(/not authorized/);
    },
    25 * minutes,
  );

  test("is read by the platform's Prometheus: each node, the gateway and its filter, and each series of rules and panels", async (ctx) => {
    if (!cluster.hasPlatformCa)
      return ctx.skip("FABRIC_ARCHIVES has no Fabric CA, from which Prometheus has certificates");
    const platform = "stacks/Pulumi.platform-local.yaml";
    const monitoring = "environment: local\n    monitoring: { interval: 5s, storage: 4Gi, retention: 1d }";
    cluster.project.edit(platform, "environment: local", monitoring);
    expect(await cluster.apply("platform-local")).toMatchObject({ end: "ready", notReady: [] });
    const prometheus = new PrometheusReader(cluster.cluster, async () => {
      const get = ["get", "configmap", rootsConfigMapName(platformCaName), "-o", "json"];
      return JSON.parse(await kubectl("-n", "baas-platform", ...get)).data[rootKeyOf(kafkaCaName)];
    });
    const patience = { timeout: 4 * minutes, interval: 3000 };
    await vi.waitFor(async () => {
      const targets = (await prometheus.targets()).filter(({ labels }) => labels.network === stack);
      const found = targets.map(({ labels: { job, role }, health }) => `${job} ${role} ${health}`).sort();
      expect(found).toEqual([
        "ethereum bootnode up",
        "ethereum rpc-node up",
        ...validators.map(() => "ethereum validator up"),
        ...Array.from({ length: 2 }, () => "ethereum-gateways gateway up"),
        ...Array.from({ length: 2 }, () => "json-rpc json-rpc up"),
      ]);
    }, patience);
    const panels = ethereumDashboard.rows.flatMap((row) => row.panels.flatMap(({ queries }) => queries));
    await vi.waitFor(async () => {
      const missing = new Set<string>();
      for (const { expr } of [...ethereumAlerts({ certificateLife: usualCertificateLife }).rules, ...panels]) {
        for (const [name] of seriesOf(expr).map((selector) => /^[\w:]+/.exec(selector)!)) {
          if ((await prometheus.query(`count(${name})`)).length === 0) missing.add(name);
        }
      }
      expect([...missing]).toEqual([]);
    }, patience);
    await vi.waitFor(async () => {
      const fleet = fleetStatus(await readFleet((expression) => prometheus.query(expression)));
      expect(fleet.find(({ network }) => network === stack)).toMatchObject({ well: true, nodes: 10, nodesUp: 10 });
    }, patience);
  });
});
