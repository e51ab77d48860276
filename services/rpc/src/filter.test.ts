import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { furtherMethods, usualMethods } from "../../../model/contracts/jsonRpc";
import { call, TestServer, type TestSocket } from "./testing/testServer";

let server: TestServer;
let socket: TestSocket;
beforeAll(async () => {
  server = await TestServer.start();
  socket = await server.open();
});
afterAll(() => server.stop());

const error = (code: number, message: string, id: unknown = 1) => ({ jsonrpc: "2.0", id, error: { code, message } });
const result = (value: unknown, id: unknown = 1) => ({ jsonrpc: "2.0", id, result: value });

const forbidden = [
  ...["admin_addPeer", "admin_peers", "admin_nodeInfo", "admin_exportChain", "debug_traceTransaction", "debug_setHead"],
  ...["miner_setGasPrice", "miner_start", "personal_unlockAccount", "personal_sign", "personal_listAccounts"],
  ...["eth_sendTransaction", "eth_sign", "eth_signTransaction", "eth_signTypedData_v4", "eth_accounts", "eth_coinbase"],
  ...["eth_newFilter", "eth_newBlockFilter", "eth_newPendingTransactionFilter", "eth_getFilterChanges"],
  ...["eth_getFilterLogs", "eth_uninstallFilter", "eth_getWork", "eth_submitWork", "eth_hashrate", "eth_mining"],
  ...["clique_propose", "clique_getSigners", "qbft_proposeValidatorVote", "qbft_getValidatorsByBlockNumber"],
  ...["ibft_discardValidatorVote", "engine_newPayloadV3", "engine_forkchoiceUpdatedV3", "perm_addAccountsToAllowlist"],
  ...["plugins_reloadPluginConfig", "priv_getTransaction", "eea_sendRawTransaction", "trace_block", "les_addBalance"],
  ...["txpool_content", "txpool_status", "net_peerCount", "rpc_modules", "web3_nothing"],
  // Names that a node could take for others.
  ...[
    "ETH_CHAINID",
    "Admin_peers",
    "eth_chainid",
    "eth.chainId",
    "eth/chainId",
    "admin_peers\u0000",
    "eth_chainId\u0000",
  ],
];
const odd = ["", " eth_chainId", "eth_chainId ", "__proto__", "constructor", "toString", "x".repeat(5000)];

describe("a method that nobody has let in", () => {
  it.each([...forbidden, ...odd])("is refused alone, in a batch and over a WebSocket: %j", async (method) => {
    const name = /^\w{1,60}$/.test(method) ? method : "of this name";
    const refused = (id: unknown) => error(-32601, `the method ${name} does not exist/is not available`, id);
    expect(await server.post(call(method))).toMatchObject({ status: 200, body: refused(1) });
    const batch = [call("eth_chainId", [], "a"), call(method, [], "b"), call("net_version", [], "a")];
    const answers = [result("eth_chainId", "a"), refused("b"), result("net_version", "a")];
    expect(await server.post(batch)).toMatchObject({ status: 200, body: answers });
    expect(await socket.ask(call(method, [], 7))).toEqual(refused(7));
    expect(await socket.ask(batch)).toEqual(answers);
    expect(new Set(server.node.methods)).toEqual(new Set(["eth_chainId", "net_version"]));
  });

  it("may be one that is let in elsewhere", () => {
    expect(forbidden.filter((method) => usualMethods.some((usual) => usual === method))).toEqual([]);
    expect(furtherMethods.filter((method) => usualMethods.some((usual) => usual === (method as string)))).toEqual([]);
  });
});

it.each(usualMethods.filter((method) => !/logs|subscribe$/i.test(method)))("lets %s through", async (method) => {
  const expected = method === "eth_blockNumber" ? "0x3e8" : method;
  expect((await server.post(call(method))).body).toEqual(result(expected));
  expect(await socket.ask(call(method, ["0x0"], "text"))).toEqual(result(expected, "text"));
});

describe("what a node gets", () => {
  it.each<[string, string]>([
    [
      "a method that is there twice",
      '{"jsonrpc":"2.0","id":1,"method":"admin_peers","method":"eth_chainId","params":[]}',
    ],
    [
      "a method in other letters",
      '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","Method":"admin_peers","METHOD":"debug_setHead"}',
    ],
    [
      "a method that is spelled by escapes",
      '{"jsonrpc":"2.0","id":1,"\\u006dethod":"eth_\\u0063hainId","params":null}',
    ],
    [
      "fields that nobody knows",
      '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","__proto__":{"method":"admin_peers"},"x":1}',
    ],
    ["spaces", '\ufeff \n{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}\n'.replace("\ufeff", "")],
  ])("is what was judged, written anew, where a client sends %s", async (_name, text) => {
    server.node.bodies.length = 0;
    expect((await server.post(text)).body).toEqual(result("eth_chainId"));
    expect(server.node.bodies).toEqual(['{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}']);
  });

  it("has the last of two methods, which is refused if it is not let in", async () => {
    const text = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","method":"admin_peers"}';
    const refused = error(-32601, "the method admin_peers does not exist/is not available");
    expect((await server.post(text)).body).toEqual(refused);
    expect(await socket.ask(text)).toEqual(refused);
  });

  it("has IDs of its own in a batch, whose answers have those of the client, in its order", async () => {
    server.node.bodies.length = 0;
    const batch = [call("eth_chainId", [], null), call("eth_gasPrice", [], "x"), call("eth_syncing", [], null)];
    expect((await server.post(batch)).body).toEqual([
      result("eth_chainId", null),
      result("eth_gasPrice", "x"),
      result("eth_syncing", null),
    ]);
    expect((JSON.parse(server.node.bodies[0]!) as { id: number }[]).map(({ id }) => id)).toEqual([0, 1, 2]);
  });

  it("has all else of a call as it was", async () => {
    server.node.bodies.length = 0;
    const params = [{ to: "0x1", data: "0xé\u2028", nested: [[{ a: null }]] }, "latest", 1.5, true];
    await server.post(call("eth_call", params, "ü"));
    expect(JSON.parse(server.node.bodies[0]!)).toEqual(call("eth_call", params, "ü"));
  });
});

const deep = `${"[".repeat(4900)}${"]".repeat(4900)}`;

describe("what is no call", () => {
  it.each<[string, string, number, object | object[]]>([
    ["no JSON", "{", 400, error(-32700, "what was sent is no JSON", null)],
    ["nothing", "", 400, error(-32700, "what was sent is no JSON", null)],
    ["two calls that are no batch", "{}{}", 400, error(-32700, "what was sent is no JSON", null)],
    ["an empty batch", "[]", 400, error(-32600, "the batch is empty", null)],
    [
      "a large batch",
      JSON.stringify(Array.from({ length: 6 }, () => call("eth_chainId"))),
      400,
      error(-32005, "the batch has 6 calls: 5 at most", null),
    ],
    ["a number", "1", 200, error(-32600, "a call is an object", null)],
    ["null", "null", 200, error(-32600, "a call is an object", null)],
    ["a batch in a batch", "[[]]", 200, [error(-32600, "a call is an object", null)]],
    [
      "another version",
      '{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}',
      200,
      error(-32600, 'a call has "jsonrpc": "2.0"'),
    ],
    ["no method", '{"jsonrpc":"2.0","id":1}', 200, error(-32600, "a call names a method")],
    [
      "a list for a method",
      '{"jsonrpc":"2.0","id":1,"method":["eth_chainId"]}',
      200,
      error(-32600, "a call names a method"),
    ],
    [
      "params with names",
      '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{}}',
      200,
      error(-32600, "params is a list"),
    ],
    ...["12345678901234567890", "1e400", '{"a":[[-9007199254740993]]}'].map(
      (number): [string, string, number, object] => [
        `a number that a node would get as another one: ${number}`,
        `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[${number}]}`,
        200,
        error(-32602, "a number has at most 53 bits: larger ones are texts, such as 0x1b4"),
      ],
    ),
    ...["", ',"id":{}', ',"id":12345678901234567890', ',"id":1.5', `,"id":"${"x".repeat(257)}"`].map(
      (id): [string, string, number, object] => [
        `an ID that is none: ${id.slice(0, 30)}`,
        `{"jsonrpc":"2.0","method":"eth_chainId"${id}}`,
        200,
        error(
          -32600,
          "a call needs an id: a text of at most 256 characters, or a whole number of at most 53 bits",
          null,
        ),
      ],
    ),
  ])("is refused: %s", async (_name, text, status, body) => {
    server.node.bodies.length = 0;
    expect(await server.post(text)).toMatchObject({ status, body });
    expect(await socket.ask(text)).toEqual(body);
    expect(server.node.bodies).toEqual([]);
  });

  it("is answered, whatever is nested in it", async () => {
    const { status } = await server.post(`{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[${deep}]}`);
    expect([200, 400]).toContain(status);
    expect((await server.post(call("eth_chainId"))).status).toBe(200);
  });
});

describe("a range of logs", () => {
  const hash = `0x${"ab".repeat(32)}`;
  const range = "the range has 1001 blocks: 100 at most. Ask for one part after another";

  it.each<[string, object, object]>([
    ["the latest block", {}, {}],
    ["a few blocks", { fromBlock: "0x3e0", toBlock: "latest" }, { fromBlock: "0x3e0", toBlock: "latest" }],
    ["as many as there may be", { fromBlock: "0x1", toBlock: "0x64" }, { fromBlock: "0x1", toBlock: "0x64" }],
    ["one block by its hash", { blockHash: hash }, { blockHash: hash }],
    ["null for nothing", { fromBlock: null, address: null, topics: [null] }, { topics: [null] }],
    [
      "the beginning",
      { fromBlock: "earliest", toBlock: "0x3", address: "0x1" },
      { fromBlock: "earliest", toBlock: "0x3", address: "0x1" },
    ],
  ])("goes on: %s", async (_name, filter, passed) => {
    server.node.bodies.length = 0;
    expect((await server.post(call("eth_getLogs", [filter]))).body).toEqual(result("eth_getLogs"));
    expect(JSON.parse(server.node.bodies[0]!)).toEqual(call("eth_getLogs", [passed]));
  });

  it.each<[string, unknown[], object]>([
    ["all blocks", [{ fromBlock: "0x0" }], error(-32005, range)],
    ["all blocks by a word", [{ fromBlock: "earliest", toBlock: "latest" }], error(-32005, range)],
    ["all blocks by a word that a node reads", [{ fromBlock: "finalized" }], error(-32005, range)],
    ["one too many", [{ fromBlock: "0x1", toBlock: "0x65" }], error(-32005, range.replace("1001", "101"))],
    [
      "a word in other letters",
      [{ fromBlock: "EARLIEST" }],
      error(-32602, "fromBlock is a number such as 0x1b4, or one of earliest, latest, pending, safe, finalized"),
    ],
    [
      "a number that is none",
      [{ toBlock: "100" }],
      error(-32602, "toBlock is a number such as 0x1b4, or one of earliest, latest, pending, safe, finalized"),
    ],
    [
      "a number that is no text",
      [{ fromBlock: 0 }],
      error(-32602, "fromBlock is a number such as 0x1b4, or one of earliest, latest, pending, safe, finalized"),
    ],
    [
      "a field in other letters",
      [{ fromblock: "0x0" }],
      error(-32602, "a filter of logs has no other fields than address, topics, fromBlock, toBlock, blockHash"),
    ],
    [
      "hash and range",
      [{ blockHash: hash, fromBlock: "0x0" }],
      error(-32602, "blockHash stands alone, without fromBlock and toBlock"),
    ],
    ["a hash that is none", [{ blockHash: "0x1" }], error(-32602, "blockHash is 0x and 64 hexadecimal digits")],
    ["no filter", [], error(-32602, "one filter is expected, an object")],
    ["two filters", [{}, { fromBlock: "0x0" }], error(-32602, "one filter is expected, an object")],
    ["a list", [[]], error(-32602, "one filter is expected, an object")],
  ])("is refused: %s", async (_name, params, refused) => {
    server.node.bodies.length = 0;
    expect((await server.post(call("eth_getLogs", params))).body).toEqual(refused);
    expect((await server.post([call("eth_getLogs", params)])).body).toEqual([refused]);
    expect(await socket.ask(call("eth_getLogs", params))).toEqual(refused);
    expect(server.node.bodies).toEqual([]);
  });
});
