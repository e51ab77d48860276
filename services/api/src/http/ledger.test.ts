import { afterAll, beforeAll, expect, it } from "vitest";

import { TestServer } from "../testing/testServer";

let server: TestServer;
let created: { txID: string; blockNumber: string };
beforeAll(async () => {
  server = await TestServer.start();
  created = (await server.call("submit", "CreateAsset", ["a1", "alice"])).body;
});
afterAll(() => server.stop());

it("shows a transaction", async () => {
  expect((await server.send(`/v1/channels/main/transactions/${created.txID}`)).body).toEqual({
    txID: created.txID,
    type: "ENDORSER_TRANSACTION",
    isValid: true,
    validationCode: "VALID",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    creator: { mspId: "Org1MSP" },
    chaincode: "assets",
    function: "CreateAsset",
    blockNumber: created.blockNumber,
  });
});

it("shows a block, also the newest", async () => {
  const { body } = await server.send(`/v1/channels/main/blocks/${created.blockNumber}`);
  expect(body).toMatchObject({ blockNumber: created.blockNumber, transactions: [{ txID: created.txID }] });
  expect((await server.send("/v1/channels/main/blocks/newest")).body).toEqual(body);
});

it.each([
  ["transactions/0", 400, "The path has mistakes: txID: is not a transaction's ID: 64 hexadecimal digits."],
  [`transactions/${"0".repeat(64)}`, 404, `Channel main has no transaction ${"0".repeat(64)} yet.`],
  ["blocks/last", 400, "The path has mistakes: block: is neither a number nor newest."],
  ["blocks/999", 404, "Channel main has no block 999 yet."],
])("refuses %s", async (path, status, detail) => {
  const { body } = await server.send(`/v1/channels/main/${path}`);
  expect([body.status, body.detail]).toEqual([status, detail]);
});

it("lists the functions of a chaincode", async () => {
  const { body } = await server.send("/v1/channels/main/chaincodes/assets/metadata");
  expect(body.isKnown).toBe(true);
  expect(body.functions.slice(2, 3)).toEqual([
    { name: "ReadAsset", writes: false, parameters: [{ name: "id", schema: { type: "string" } }] },
  ]);
});

it("streams events of a chaincode, and goes on after the last one that was seen", async () => {
  const path = "/v1/channels/main/chaincodes/assets/events";
  const [first] = await events(`${path}?startBlock=0`, 1);
  expect(first).toEqual({
    id: `${created.blockNumber}-${created.txID}`,
    event: "chaincode",
    data: { name: "CreateAsset", txID: created.txID, blockNumber: created.blockNumber, payload: "a1,alice" },
  });
  await server.call("submit", "CreateAsset", ["a2", "bob"]);
  const [second] = await events(path, 1, { "last-event-id": first!.id });
  expect(second!.data.payload).toBe("a2,bob");
});

it("streams blocks", async () => {
  const blocks = await events("/v1/channels/main/blockEvents?startBlock=0", 2);
  expect(blocks.map(({ id, event }) => [id, event])).toEqual([
    ["0", "block"],
    ["1", "block"],
  ]);
});

it("describes itself by OpenAPI 3.1, with a page to try it that loads nothing from elsewhere", async () => {
  const { body } = await server.send("/openapi.json");
  expect(body.openapi).toBe("3.1.0");
  expect(Object.keys(body.paths).length).toBe(10);
  const page = await server.send("/try");
  expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self'/);
  expect(page.body).not.toMatch(/https?:/);
});

it("says how it is, and shows metrics of its own and of the client library", async () => {
  const ask = async (path: string) => fetch(server.operationsUrl + path);
  expect((await ask("/healthz")).status).toBe(200);
  const response = await ask("/metrics");
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  expect(text).toMatch(/^api_request_duration_seconds_count\{.*route="\/v1\/channels/m);
  expect(text).toMatch(/^blockchain_client_call_duration/m);
});

/** The first events of a stream. */
async function events(path: string, count: number, headers: Record<string, string> = {}) {
  const found: { id: string; event: string; data: any }[] = [];
  const response = await fetch(server.url + path, { headers });
  let rest = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop()!;
    for (const part of parts) {
      const [, id, event, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(part)!;
      found.push({ id: id!, event: event!, data: JSON.parse(data!) });
    }
    if (found.length >= count) break;
  }
  return found.slice(0, count);
}
