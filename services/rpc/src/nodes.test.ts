import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";

import { afterEach, describe, expect, it, vi } from "vitest";

import { NodeDouble } from "./testing/nodeDouble";
import { call, TestServer, tokens } from "./testing/testServer";

let server: TestServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const eventually = <T>(what: () => T | Promise<T>) => vi.waitFor(what, { timeout: 30_000, interval: 50 });
const two = async () => [await NodeDouble.start("rpc0"), await NodeDouble.start("rpc1")];
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const names = ["one", "two", "three"].map((name) => name.repeat(20));
const all = names.map((name) => ({ name, sha256: hashOf(name) }));
const bearers = names.map((name) => ({ Authorization: `Bearer ${name}` }));
const raw = call("eth_sendRawTransaction", ["0x00"]);

describe("several nodes", () => {
  it("have one of them answer a client, the same as long as it serves", async () => {
    const nodes = await two();
    server = await TestServer.start({}, nodes);
    for (let i = 0; i < 10; i++) await server.post(call("eth_chainId"));
    const counts = nodes.map(({ bodies }) => bodies.length).sort((a, b) => a - b);
    expect(counts).toEqual([0, 10]);
  });

  it("stand in for one that goes, for reads and for what it cannot have got", async () => {
    const nodes = await two();
    server = await TestServer.start({}, nodes);
    await server.post(call("eth_chainId"));
    const [first, second] = nodes[0]!.bodies.length > 0 ? nodes : [nodes[1]!, nodes[0]!];
    await first!.stop();
    expect((await server.post(raw)).body).toMatchObject({ result: "eth_sendRawTransaction" });
    expect(second!.methods).toContain("eth_sendRawTransaction");
  });

  it("do not get a transaction again that one of them may have got", async () => {
    const nodes = await two();
    for (const node of nodes) node.instead = (response) => void response.destroy();
    server = await TestServer.start({}, nodes);
    const message =
      "the RPC node went away before it answered: the transaction may have been taken. Look for its receipt, or send it again as it is";
    const { status, body } = await server.post(raw);
    expect([status, body]).toEqual([503, { jsonrpc: "2.0", id: 1, error: { code: -32603, message } }]);
    expect(nodes.flatMap(({ bodies }) => bodies)).toHaveLength(1);
    const again = await server.post(call("eth_chainId"));
    expect(again.body.error.message).toBe("no RPC node answers: try again");
    expect(nodes.flatMap(({ bodies }) => bodies)).toHaveLength(3);
  });

  it("are left out while they are behind", async () => {
    const nodes = await two();
    server = await TestServer.start({}, nodes);
    await server.post(call("eth_chainId"));
    const [first, second] = nodes[0]!.bodies.length > 0 ? nodes : [nodes[1]!, nodes[0]!];
    second!.block = 2000;
    await eventually(async () => {
      await server!.post(call("eth_gasPrice"));
      expect(second!.methods).toContain("eth_gasPrice");
    });
    first!.block = 2000;
    first!.bodies.length = 0;
    await eventually(async () => {
      await server!.post(call("eth_gasPrice"));
      expect(first!.methods).toContain("eth_gasPrice");
    });
  });
});

it("says so when no node answers, whichever way clients come", async () => {
  server = await TestServer.start();
  const socket = await server.open();
  await server.node.stop();
  const error = { code: -32603, message: "no RPC node answers: try again" };
  await eventually(async () => {
    const { status, body } = await server!.post([call("eth_chainId", [], "a"), call("admin_peers", [], "b")]);
    expect([status, body[0], body[1].error.code]).toEqual([503, { jsonrpc: "2.0", id: "a", error }, -32601]);
  });
  expect(await socket.ask(call("eth_chainId"))).toEqual({ jsonrpc: "2.0", id: 1, error });
});

it("answers each call of a batch, whatever the node makes of it", async () => {
  server = await TestServer.start();
  server.node.instead = (response) => void response.writeHead(200).end('{"error":"too large"}');
  const { body } = await server.post([call("eth_chainId", [], 5)]);
  expect(body).toEqual([
    { jsonrpc: "2.0", id: 5, error: { code: -32603, message: "the node does not answer this call" } },
  ]);
});

it("hands on no answer that is too large, and asks no other node for it", async () => {
  const nodes = await two();
  const large = "x".repeat(11 * 1024 * 1024);
  for (const node of nodes) node.instead = (response) => void response.writeHead(200).end(large);
  server = await TestServer.start({}, nodes);
  const error = { code: -32005, message: "the answer has more than 10 MiB: ask for less at a time" };
  expect((await server.post(call("eth_call"))).body).toEqual({ jsonrpc: "2.0", id: 1, error });
  expect(nodes.flatMap(({ bodies }) => bodies)).toHaveLength(1);
});

it("does not take a node for away that is slow", async () => {
  const node = await NodeDouble.start();
  const waiting: (() => void)[] = [];
  node.instead = (response) =>
    void waiting.push(() => response.writeHead(200).end('{"jsonrpc":"2.0","id":1,"result":1}'));
  server = await TestServer.start({ tokens: all }, [node]);
  // More than there are connections to the node, so that some wait for one, longer than for a connection and for a look.
  const calls = Array.from({ length: 45 }, (_, i) => server!.post(call("eth_call"), { headers: bearers[i % 3]! }));
  await eventually(() => expect(waiting).toHaveLength(32));
  node.block = 2000;
  await eventually(async () => {
    const answer = await server!.post(call("eth_getLogs", [{ fromBlock: "0x0" }]), { headers: bearers[0]! });
    expect(answer.body.error.message).toBe("the range has 2001 blocks: 100 at most. Ask for one part after another");
  });
  node.instead = undefined;
  for (const answer of waiting) answer();
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(calls.map(() => 200));
});

describe("slow calls of a client", () => {
  /** A node that answers no eth_call before it is told to. */
  const slow = async () => {
    const node = await NodeDouble.start();
    const waiting: ServerResponse[] = [];
    const answer = (response: ServerResponse) => response.writeHead(200).end('{"jsonrpc":"2.0","id":1,"result":1}');
    node.instead = (response, body) => void (body.includes("eth_call") ? waiting.push(response) : answer(response));
    return { node, waiting, answerAll: () => waiting.splice(0).forEach(answer) };
  };

  it("keep those of others waiting for nothing", async () => {
    const { node, waiting, answerAll } = await slow();
    server = await TestServer.start({ tokens: all }, [node]);
    const calls = Array.from({ length: 40 }, () => server!.post(call("eth_call"), { headers: bearers[0]! }));
    await eventually(() => expect(waiting).toHaveLength(16));
    expect((await server.post(call("eth_chainId"), { headers: bearers[1]! })).status).toBe(200);
    const ended = Promise.all(calls);
    await eventually(() => {
      answerAll();
      expect(node.bodies).toHaveLength(41);
    });
    answerAll();
    expect((await ended).map(({ status }) => status)).toEqual(calls.map(() => 200));
  });

  it("are refused when there are too many, and those of others are not", async () => {
    const { node, waiting, answerAll } = await slow();
    server = await TestServer.start({ tokens: all }, [node]);
    const calls = Array.from({ length: 140 }, () => server!.post(call("eth_call"), { headers: bearers[0]! }));
    const statuses: number[] = [];
    for (const each of calls) void each.then(({ status }) => statuses.push(status));
    await eventually(() => expect(statuses).toEqual(Array.from({ length: 12 }, () => 429)));
    expect(waiting).toHaveLength(16);
    expect((await server.post(call("eth_chainId"), { headers: bearers[1]! })).status).toBe(200);
    await eventually(() => {
      answerAll();
      expect(statuses).toHaveLength(140);
    });
  });

  it("wait for each other over a WebSocket, though all of them come in one piece", async () => {
    const { node, waiting, answerAll } = await slow();
    server = await TestServer.start({}, [node]);
    const socket = await server.open();
    const raw = (socket.socket as unknown as { _socket: { cork(): void; uncork(): void } })._socket;
    raw.cork();
    for (let i = 0; i < 300; i++) socket.socket.send(JSON.stringify(call("eth_call", [], i)));
    raw.uncork();
    await eventually(() => expect(waiting).toHaveLength(16));
    await eventually(() => {
      answerAll();
      expect(socket.received).toHaveLength(300);
    });
    expect(socket.received.filter(({ error }) => error !== undefined)).toEqual([]);
  });
});

describe("subscriptions", () => {
  const subscribe = (kind: unknown, ...more: unknown[]) => call("eth_subscribe", [kind, ...more]);

  it("tell those of events who asked for them, and nobody else", async () => {
    server = await TestServer.start();
    const [one, other] = [await server.open(), await server.open()];
    const { result: heads } = await one.ask(subscribe("newHeads"));
    const { result: logs } = await other.ask(subscribe("logs", { address: "0x1", topics: [] }));
    server.node.tell(heads, { number: "0x1" });
    server.node.tell(logs, { data: "0x2" });
    const event = (subscription: string, result: object) => ({
      ...{ jsonrpc: "2.0", method: "eth_subscription" },
      params: { subscription, result },
    });
    await eventually(() => expect(one.received.at(-1)).toEqual(event(heads, { number: "0x1" })));
    await eventually(() => expect(other.received.at(-1)).toEqual(event(logs, { data: "0x2" })));
    expect([one.received.length, other.received.length]).toEqual([2, 2]);
    // All over one connection to the node.
    expect(server.node.messages.map((text) => JSON.parse(text).params)).toEqual([
      ["newHeads"],
      ["logs", { address: "0x1", topics: [] }],
    ]);
  });

  it("end when the client says so, or goes; those of others stay", async () => {
    server = await TestServer.start();
    const [one, other] = [await server.open(), await server.open()];
    const { result: mine } = await one.ask(subscribe("newHeads"));
    const { result: theirs } = await other.ask(subscribe("newHeads"));
    const none = { code: -32602, message: "there is no such subscription" };
    expect(await one.ask(call("eth_unsubscribe", [theirs]))).toMatchObject({ error: none });
    expect(await one.ask(call("eth_unsubscribe", [mine]))).toMatchObject({ result: true });
    expect(await one.ask(call("eth_unsubscribe", [mine]))).toMatchObject({ error: none });
    other.socket.close();
    const ended = () =>
      server!.node.messages.map((text) => JSON.parse(text)).filter(({ method }) => method === "eth_unsubscribe");
    await eventually(() => expect(ended().map(({ params }) => params)).toEqual([[mine], [theirs]]));
  });

  const refused = (code: number, message: string) => ({ jsonrpc: "2.0", id: 1, error: { code, message } });
  const only = "newHeads and logs can be subscribed to, and nothing else";
  it.each<[string, unknown[], object]>([
    ["what is not offered", ["newPendingTransactions"], refused(-32602, only)],
    ["what is not offered in detail", ["newPendingTransactions", true], refused(-32602, only)],
    ["nothing", [], refused(-32602, only)],
    ["a list", [["newHeads"]], refused(-32602, only)],
    [
      "logs of the past",
      ["logs", { fromBlock: "0x0" }],
      refused(-32602, "a filter of logs has no other fields than address, topics"),
    ],
  ])("to %s are refused", async (_name, params, error) => {
    server = await TestServer.start();
    const socket = await server.open();
    expect(await socket.ask(call("eth_subscribe", params))).toEqual(error);
    expect(server.node.messages).toEqual([]);
  });

  it("are refused over HTTP, in a batch, and when there are too many", async () => {
    server = await TestServer.start({ tokens: undefined });
    const socket = await server.open();
    const alone = refused(-32600, "eth_subscribe comes over a WebSocket, and not in a batch");
    expect((await server.post(subscribe("newHeads"))).body).toEqual(alone);
    expect(await socket.ask([subscribe("newHeads")])).toEqual([alone]);
    const unsubscribe = refused(-32600, "eth_unsubscribe comes over a WebSocket, and not in a batch");
    expect((await server.post(call("eth_unsubscribe", ["0x1"]))).body).toEqual(unsubscribe);
    for (let i = 0; i < 2; i++) await socket.ask(subscribe("newHeads"));
    expect(await socket.ask(subscribe("newHeads"))).toEqual(refused(-32005, "a WebSocket has at most 2 subscriptions"));
  });

  it("end with their node: the client comes back, and finds another one", async () => {
    const nodes = await two();
    server = await TestServer.start({ tokens: undefined }, nodes);
    const socket = await server.open();
    await socket.ask(subscribe("newHeads"));
    const [first, second] = nodes[0]!.messages.length > 0 ? nodes : [nodes[1]!, nodes[0]!];
    await first!.stop();
    await eventually(() => expect(socket.closed).toEqual([1012, "the RPC node went away"]));
    await eventually(async () => {
      const again = await server!.open();
      expect(await again.ask(subscribe("newHeads"))).toHaveProperty("result");
    });
    expect(second!.messages.length).toBeGreaterThan(0);
  });
});

it("is closed for clients of a token only when that is gone", async () => {
  server = await TestServer.start({ tokens });
  server.follow({ tokens, limits: { batch: 1 } });
  const { status } = await server.post([call("eth_chainId"), call("eth_chainId")]);
  expect(status).toBe(401);
});
