import { connect } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TestServer } from "../testing/testServer";

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

describe("a call that writes", () => {
  it("answers when its transaction is committed", async () => {
    const { status, body } = await server.call("submit", "CreateAsset", ["a1", "alice"]);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      state: "committed",
      channel: "main",
      chaincode: "assets",
      function: "CreateAsset",
      txID: expect.stringMatching(/^[0-9a-f]{64}$/),
      blockNumber: String(server.organization.ledger.blocks.length - 1),
      result: "CreateAsset:a1,alice",
    });
    expect((await server.send(`/v1/submissions/${body.id}`)).body).toEqual(body);
  });

  it("is followed to its end where nobody waits for it", async () => {
    const { status, headers, body } = await server.call("submitAsync", "CreateAsset", ["a2", "alice"]);
    expect(status).toBe(202);
    expect(body).toMatchObject({ state: "pending", function: "CreateAsset" });
    const location = headers.get("location")!;
    expect(location).toBe(`/v1/submissions/${body.id}`);
    const { body: stream } = await server.send(`${location}/events`);
    const events = stream.trim().split("\n\n");
    expect(events.at(-1)).toMatch(/^event: committed\ndata: /);
    expect(JSON.parse(events.at(-1)!.split("data: ")[1]!)).toEqual((await server.send(location)).body);
  });

  it("runs once for one idempotency key", async () => {
    const key = { "idempotency-key": "order 4711" };
    const { body: first } = await server.call("submit", "CreateAsset", ["a3", "alice"], key);
    expect(first.state).toBe("committed");
    const { length } = server.organization.ledger.blocks;
    await server.restart();
    expect((await server.call("submit", "CreateAsset", ["a3", "alice"], key)).body).toEqual(first);
    expect((await server.call("submitAsync", "CreateAsset", ["a3", "alice"], key)).body.id).toBe(first.id);
    expect(server.organization.ledger.blocks.length).toBe(length);
  });

  it("goes on when the answer to it is lost", async () => {
    server.organization.peers.forEach(({ faults }) => faults.submit.push({ lost: "answer" }));
    const { body } = await server.call("submit", "CreateAsset", ["a4", "alice"]);
    expect(body.state).toBe("committed");
  });

  it("may be made again where peers answered differently, as one had a newer block", async () => {
    const details = [
      { address: "peer0.org2:7051", mspId: "Org2MSP", message: "ProposalResponsePayloads do not match" },
    ];
    const faults = Array.from({ length: 6 }, () => ({ code: 10, details }));
    server.organization.peers.forEach((peer) => peer.faults.endorse.push(...faults));
    const { status, headers, body } = await server.call("submit", "CreateAsset", ["hot", "alice"]);
    server.organization.peers.forEach((peer) => peer.faults.endorse.splice(0));
    expect([status, headers.get("retry-after")]).toEqual([409, "1"]);
    expect(body).toMatchObject({ code: "CONFLICT", stage: "endorse", details });
  });

  it("has failed where it is refused after a conflict, and is not made when the server starts again", async () => {
    const key = { "idempotency-key": "refused after a conflict" };
    const { ledger, peers } = server.organization;
    const { length } = ledger.blocks;
    const details = [{ address: "", mspId: "", message: "chaincode response 500, no" }];
    const refuse = () => (ledger.blocks.length > length ? { code: 10, details } : undefined);
    ledger.nextCodes.push(11);
    peers.forEach((peer) => (peer.faultFor = (method) => (method === "endorse" ? refuse() : undefined)));
    const { body: accepted } = await server.call("submitAsync", "CreateAsset", ["a7", "alice"], key);
    const { body: stream } = await server.send(`/v1/submissions/${accepted.id}/events`);
    expect(stream).toContain("event: failed");
    peers.forEach((peer) => (peer.faultFor = () => undefined));
    await server.restart();
    const { body } = await server.send(`/v1/submissions/${accepted.id}`);
    expect(body).toMatchObject({ state: "failed", error: { code: "CHAINCODE" } });
    expect(ledger.state.has("a7")).toBe(false);
  });

  it("says what the chaincode says", async () => {
    const { status, headers, body } = await server.call("submit", "TransferAsset", ["none", "bob"]);
    expect(status).toBe(422);
    expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({ code: "CHAINCODE", stage: "endorse", channel: "main", functionName: "TransferAsset" });
  });
});

describe("a call that only reads", () => {
  it("answers with the result", async () => {
    await server.call("submit", "CreateAsset", ["a5", "carol"]);
    const { status, body } = await server.call("evaluate", "ReadAsset", ["a5"]);
    expect([status, body]).toEqual([200, { result: '{"owner":"carol"}' }]);
  });
});

describe("what is refused before anything is sent", () => {
  const path = "/v1/channels/main/chaincodes/assets/submit";
  const refused: [string, unknown, Record<string, string>, number, string, string][] = [
    [
      "an unknown function",
      { function: "Mint", arguments: [] },
      {},
      400,
      "INVALID_ARGUMENT",
      'Chaincode assets has no function "Mint". There are: CreateAsset, TransferAsset, ReadAsset, Appraise, ' +
        "AssetContract:CreateAsset, AssetContract:TransferAsset, AssetContract:ReadAsset, AssetContract:Appraise.",
    ],
    [
      "a name that not every database can store",
      { function: "Create\0", arguments: [] },
      {},
      400,
      "INVALID_ARGUMENT",
      "The body has mistakes: function: has a character NUL.",
    ],
    [
      "a missing argument",
      { function: "CreateAsset", arguments: ["a"] },
      {},
      400,
      "INVALID_ARGUMENT",
      "CreateAsset takes 2 arguments (id, owner), not 1.",
    ],
    [
      "an argument of another type",
      { function: "Appraise", arguments: ["a", "much"] },
      {},
      400,
      "INVALID_ARGUMENT",
      'Appraise: argument 2 (value) is "much", but should be of type integer.',
    ],
    [
      "an argument that is no text",
      { function: "Appraise", arguments: ["a", 5] },
      {},
      400,
      "INVALID_ARGUMENT",
      'The body has mistakes: arguments.1: write a text, or {"base64": "…"} for bytes; numbers and objects as text, such as "5".',
    ],
    [
      "a field that does not exist",
      { function: "CreateAsset", arguments: ["a", "b"], args: [] },
      {},
      400,
      "INVALID_ARGUMENT",
      'The body has mistakes: Unrecognized key: "args".',
    ],
    [
      "a body that is no JSON",
      "{",
      {},
      400,
      "INVALID_REQUEST",
      "Body is not valid JSON but content-type is set to 'application/json'.",
    ],
    [
      "a body of another type",
      "CreateAsset",
      { "content-type": "text/plain" },
      415,
      "INVALID_REQUEST",
      "Unsupported Media Type.",
    ],
    [
      "a body that is too large",
      { function: "CreateAsset", arguments: ["a", "b".repeat(1024 * 1024)] },
      {},
      413,
      "TOO_LARGE",
      "Request body is too large.",
    ],
    [
      "an identity that there is not",
      { function: "CreateAsset", arguments: ["a", "b"], identity: "admin" },
      {},
      403,
      "FORBIDDEN",
      'You may not act as "admin". You may act as app.',
    ],
  ];

  it.each(refused)("%s", async (_, body, headers, status, code, detail) => {
    const before = server.sent;
    const answer = await server.send(path, body, headers);
    expect(answer.body).toEqual({ status, code, detail });
    expect(answer.status).toBe(status);
    expect(server.sent).toBe(before);
  });

  it("an idempotency key of another call", async () => {
    const key = { "idempotency-key": "once" };
    const { body: first } = await server.call("submit", "CreateAsset", ["once", "alice"], key);
    const before = server.sent;
    const { status, body } = await server.call("submit", "CreateAsset", ["once", "bob"], key);
    expect(status).toBe(422);
    expect(body).toEqual({
      ...{ status: 422, code: "IDEMPOTENCY", stage: "configuration", txID: first.txID },
      ...{ channel: "main", chaincode: "assets", functionName: "CreateAsset" },
      detail:
        `CreateAsset (configuration, channel main, transaction ${first.txID}): the idempotency key was used for another call, ` +
        "of CreateAsset; nothing was sent. Use a new key for each call.",
    });
    expect(server.sent).toBe(before);
  });

  it("one of two calls at once with one idempotency key", async () => {
    const key = { "idempotency-key": "both at once" };
    const call = (owner: string) => server.call("submit", "CreateAsset", ["both", owner], key);
    const { blocks } = server.organization.ledger;
    const { length } = blocks;
    const answers = await Promise.all([call("alice"), call("bob")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    expect(answers.find(({ status }) => status === 422)!.body).toEqual({
      ...{ status: 422, code: "IDEMPOTENCY" },
      detail:
        "The idempotency key was used for another call, of CreateAsset; nothing was sent. Use a new key for each call.",
    });
    expect(blocks.length).toBe(length + 1);
  });
});

describe("a request that", () => {
  /** Sends bytes, and reads until the server closes the connection. */
  const exchange = (bytes: string) =>
    new Promise<string>((resolve, reject) => {
      const { hostname: host, port } = new URL(server.url);
      const socket = connect({ host, port: Number(port) }, () => socket.write(bytes));
      let answer = "";
      socket.setEncoding("utf8").on("data", (text) => (answer += text));
      socket.on("error", reject).on("close", () => resolve(answer));
    });

  const start = `POST /v1/channels/main/chaincodes/assets/submit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
  it.each<[string, string, number, string, string]>([
    [
      "has a slow body",
      `${start}Content-Length: 64\r\n\r\n{"function":"CreateAsset","arg`,
      408,
      "TOO_SLOW",
      "The request did not arrive in time. Nothing was sent; try again.",
    ],
    [
      "has very long headers",
      `${start}X-Long: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
      "TOO_LARGE",
      "The request's headers are too large.",
    ],
    ["is no HTTP", "hello\r\n\r\n", 400, "INVALID_REQUEST", "The request is no HTTP that can be read."],
  ])("%s is refused, and nothing is sent", async (_, bytes, status, code, detail) => {
    await server.restart({ limits: { requestTime: 300 } });
    const before = server.sent;
    const [head, body] = (await exchange(bytes)).split("\r\n\r\n");
    await server.restart();
    expect(head!.split("\r\n")[0]).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(body!)).toEqual({ status, code, detail });
    expect(server.sent).toBe(before);
  });
});

it("refuses a path that there is not", async () => {
  const { status, body } = await server.send("/v1/nothing");
  expect([status, body.detail]).toEqual([404, "There is no such path. /openapi.json lists all of them."]);
});

it("a method that a path does not take is refused, and the path says which it takes", async () => {
  const { status, headers, body } = await server.send("/v1/channels/main/blocks/newest", {});
  expect([status, headers.get("allow"), body.code, body.detail]).toEqual([
    405,
    "GET, HEAD",
    "METHOD_NOT_ALLOWED",
    "This path does not take POST. It takes GET, HEAD.",
  ]);
});
