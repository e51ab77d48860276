/** The stack `ethdev` on a real Kubernetes: geth, which is built where its image cannot be pulled, signs with clique. */
import { createHash } from "node:crypto";

import { createPublicClient, webSocket } from "viem";
import { afterAll, describe, expect, vi } from "vitest";

import { EthereumGatewayPort } from "./ethereumGateway";
import { EthereumStack } from "./ethereumStack";
import { sentByEthers } from "./ethersClient";
import { FabricCluster } from "./fabricCluster";

const network = new FabricCluster("test-ethereum", 1, "geth");
const kubectl = network.kubectl.bind(network);
const test = network.test.bind(network);

const stack = "ethdev";
const chain = new EthereumStack(network, stack, 20482, false);
/** The token of tests/stacks/Pulumi.ethdev.yaml, and its hash. */
const token = "rpc-test-only-0123456789abcdef0123456789";
const hash = createHash("sha256").update(token).digest("hex");
const allNodes = ["rpc0", "validator0", "validator1", "validator2"];
afterAll(() => chain.close());

/** What a node's console says of an expression. */
async function ask(node: string, expression: string): Promise<unknown> {
  const command = [
    "geth",
    "attach",
    "--datadir=/tmp",
    "--exec",
    `JSON.stringify(${expression})`,
    "http://localhost:8545",
  ];
  const answer = await kubectl("-n", stack, "exec", `${node}-0`, "-c", "geth", "--", ...command);
  return JSON.parse(JSON.parse(answer) as string);
}

/** The block that has a transaction, as a node knows it. */
function blockOf(transaction: string, node: string) {
  return ask(node, `{ block: eth.getTransaction("${transaction}").blockHash }`);
}

describe("the stack ethdev", () => {
  test("comes up, and has a contract that every node reads alike", async () => {
    expect(await network.apply(stack)).toMatchObject({ end: "ready", notReady: [] });
    expect(await chain.smokeTest()).toMatchObject({ chainId: 20482, readBack: allNodes });
    const { status, message } = (await network.condition(stack, "ethereumnetwork", "chain"))!;
    expect(`${status} ${message}`).toBe("True The validators of chain 20482 make blocks");
    // Validators make blocks before the last two of them have found each other.
    const meets = async () => expect(await ask("validator0", "{ all: net.peerCount >= 2 }")).toEqual({ all: true });
    await vi.waitFor(meets, { timeout: 90_000, interval: 1000 });
  });

  test("changes nothing the second time", async () => {
    expect(await network.apply(stack)).toMatchObject({ created: 0, changed: 0, replaced: 0, deleted: 0 });
  });

  test("has clients call by the gateway, over HTTP and WebSockets, with a token", async () => {
    const gateway = await EthereumGatewayPort.open(network, stack, "rpc.ethdev.example.com");
    try {
      const wallet = await chain.wallet(gateway.url("http", token));
      const client = createPublicClient({ transport: webSocket(gateway.url("ws", token)) });
      expect(await client.getChainId()).toBe(20482);
      const heads: bigint[] = [];
      const stop = client.watchBlockNumber({ onBlockNumber: (number) => heads.push(number) });
      const to = wallet.account.address;
      const sent = await wallet.sendTransaction({ to, value: 1n });
      const { status } = await client.waitForTransactionReceipt({ hash: sent, timeout: 60_000 });
      await vi.waitFor(() => expect(heads.length).toBeGreaterThan(1), { timeout: 60_000 });
      stop();
      expect(status).toBe("success");
      await expect(client.request({ method: "admin_nodeInfo" as never })).rejects.toThrow(
        "the method admin_nodeInfo does not exist/is not available",
      );
      expect([await gateway.statusOf(token), await gateway.statusOf()]).toEqual([200, 401]);
      const urls = { http: gateway.url("http", token), webSocket: gateway.url("ws", token) };
      const fund = async (address: `0x${string}`) => {
        const hash = await wallet.sendTransaction({ to: address, value: 10n ** 16n });
        await client.waitForTransactionReceipt({ hash, timeout: 60_000 });
      };
      expect(await sentByEthers(urls, fund)).toBe(1);
      (await client.transport.getRpcClient()).close();
    } finally {
      gateway.close();
    }
    // What HAProxy logs is one line for each connection, of a client that it could not read.
    for (const pod of ["gateway", "json-rpc"]) {
      const log = await kubectl("-n", stack, "logs", `-l=app.kubernetes.io/instance=${pod}`, "--tail=-1");
      expect([pod, log.includes(token)]).toEqual([pod, false]);
      expect(log).toContain(pod === "gateway" ? '"name":"rpc.ethdev.example.com"' : '"client":"tests"');
    }
  });

  test("keeps what is in its genesis: the API server refuses another one, and names the field", async () => {
    const others = {
      ...{ client: "besu", chainId: 20483, gasLimit: 60_000_000, freeGas: false, latestFork: "cancun" },
      ...{ allocations: [{ address: `0x${"12".repeat(20)}`, balance: "1" }], blockPeriodSeconds: 5 },
    };
    for (const [field, other] of Object.entries(others)) {
      const patch = ["--type=merge", "--dry-run=server", "-p", JSON.stringify({ spec: { [field]: other } })];
      await expect(kubectl("-n", stack, "patch", "ethereumnetwork", "chain", ...patch)).rejects.toThrow(
        `${field} cannot be changed: it is in the genesis, which all blocks stand on`,
      );
    }
    const past = ["--type=merge", "--dry-run=server", "-p", '{"spec":{"forks":[{"name":"cancun","time":1}]}}'];
    await expect(kubectl("-n", stack, "patch", "ethereumnetwork", "chain", ...past)).rejects.toThrow(
      "spec.forks: a fork cannot begin in the past, when blocks were made without it: write a time to come",
    );
  });

  test("loses no transaction when a validator is killed under load, which then catches up", async () => {
    const last = await chain.send(40, () =>
      kubectl("-n", stack, "delete", "pod", "validator1-0", "--grace-period=0", "--force"),
    );
    // Both may yet go over to another block.
    const catchesUp = async () => expect(await blockOf(last, "validator1")).toEqual(await blockOf(last, "rpc0"));
    await vi.waitFor(catchesUp, { timeout: 120_000, interval: 1000 });
  });

  test("has a fourth validator voted in, and out again before it stops", async () => {
    const file = `stacks/Pulumi.${stack}.yaml`;
    const signers = async () =>
      ((await ask("validator0", "{ all: clique.getSigners() }")) as { all: string[] }).all.length;
    network.project.edit(file, "validators: 3", "validators: 4");
    network.project.edit(file, hash, "ab".repeat(32));
    expect(await network.apply(stack)).toMatchObject({ end: "ready", notReady: [] });
    expect(await signers()).toBe(4);
    const gateway = await EthereumGatewayPort.open(network, stack, "rpc.ethdev.example.com");
    // The token is revoked, without a restart.
    expect(await gateway.statusOf(token).finally(() => gateway.close())).toBe(401);
    expect(await chain.smokeTest()).toMatchObject({ readBack: [...allNodes, "validator3"] });
    network.project.edit(file, "validators: 4", "validators: 3");
    expect(await network.apply(stack)).toMatchObject({ end: "ready", notReady: [] });
    expect(await signers()).toBe(3);
    expect(await network.list("statefulsets", "-n", stack)).toHaveLength(allNodes.length);
  });

  test("is the same chain after destroy and apply, and goes on by a bootnode that RPC nodes dial", async () => {
    const { answer, contract, transactions } = await chain.smokeTest();
    const { hash: deployment, block: number } = transactions[0]!;
    const block = await ask("validator2", `{ block: eth.getBlock(${number}).hash }`);
    // The smoke test names blocks that stay.
    expect(await blockOf(deployment, "validator2")).toEqual(block);
    await network.destroy(stack);
    network.project.edit(`stacks/Pulumi.${stack}.yaml`, "validators: 3", "validators: 3\n    bootnodes: 1");
    expect(await network.apply(stack)).toMatchObject({ end: "ready", notReady: [] });
    expect(await blockOf(deployment, "validator2")).toEqual(block);
    // value()
    const read = await ask("rpc0", `{ value: eth.call({ to: "${contract}", data: "0x3fa4f245" }) }`);
    expect(Number((read as { value: string }).value)).toBe(Number(answer));
    const sent = await chain.send(1);
    // Its NetworkPolicy lets the RPC node reach nothing but the bootnode.
    expect(await ask("rpc0", "{ peers: net.peerCount }")).toEqual({ peers: 1 });
    const knows = async () => {
      const receipt = `{ block: eth.getTransactionReceipt("${sent}").blockHash }`;
      expect(await ask("bootnode0", receipt)).toEqual(await ask("validator2", receipt));
    };
    await vi.waitFor(knows, { timeout: 60_000, interval: 1000 });
  });
});
