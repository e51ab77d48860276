import { request } from "node:http";

import { afterEach, describe, expect, it, vi } from "vitest";

import { Rates } from "./access/rates";
import { call, TestServer, token, tokens } from "./testing/testServer";

let server: TestServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const refused = (message: string) => ({ jsonrpc: "2.0", id: null, error: { code: -32600, message } });
const bearer = { Authorization: `Bearer ${token}` };

describe("tokens", () => {
  const expected = "a token is expected that counts here: in the header Authorization, after Bearer, or as the path";

  it("let clients in by a header, and by the path", async () => {
    server = await TestServer.start({ tokens });
    for (const [path, headers] of [
      ["/", bearer],
      [`/${token}`, {}],
      [`/${token}/`, {}],
    ] as const) {
      expect((await server.post(call("eth_chainId"), { path, headers })).body).toMatchObject({ result: "eth_chainId" });
      const socket = await server.open(path, headers);
      expect(await socket.ask(call("eth_chainId"))).toMatchObject({ result: "eth_chainId" });
    }
  });

  it.each<[string, string, Record<string, string>]>([
    ["none", "/", {}],
    ["another one", "/", { Authorization: `Bearer ${token.replace("a", "b")}` }],
    ["another scheme", "/", { Authorization: `Basic ${token}` }],
    ["one in the query", `/?token=${token}`, {}],
    ["one with something behind it", `/${token}/eth`, {}],
    ["a short one", "/wallets", {}],
    ["the hash of one", `/${tokens[0]!.sha256}`, {}],
  ])("that do not count let nobody in: %s", async (_name, path, headers) => {
    server = await TestServer.start({ tokens });
    const { status, body, headers: answered } = await server.post(call("eth_chainId"), { path, headers });
    expect([status, body, answered.get("www-authenticate")]).toEqual([401, refused(expected), "Bearer"]);
    await expect(server.open(path, headers)).rejects.toThrow("status 401");
    expect(server.node.bodies).toEqual([]);
  });

  it("are in no line of the log, whichever way they came, and their names are", async () => {
    server = await TestServer.start({ tokens });
    await server.post(call("eth_chainId"), { headers: bearer });
    await server.post(call("eth_chainId"), { path: `/${token}` });
    await server.post("{", { path: `/${token}` });
    await server.post(call("eth_chainId"), { path: `/${token}/other` });
    await server.post(call("eth_chainId"), { path: `/${token}`, headers: { "Content-Type": "text/plain" } });
    await server.post(call("eth_chainId"), { path: `/x${token}`, headers: { Authorization: `Bearer x${token}` } });
    const socket = await server.open(`/${token}`);
    await socket.ask(call("admin_peers"));
    await socket.ask(call(token));
    socket.socket.close();
    await server.open(`/x${token}`).catch(() => undefined);
    await broken(server.port, `POST /${token} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n`);
    await vi.waitFor(() => expect(server!.lines.join("")).toContain("WebSocket closed"), { timeout: 20_000 });
    expect(server.lines.filter((line) => line.includes(token.slice(10)))).toEqual([]);
    expect(server.lines.filter((line) => line.includes('"client":"wallets"')).length).toBeGreaterThan(4);
  });

  it("that are revoked let nobody in any more, and end WebSockets that are open", async () => {
    server = await TestServer.start({ tokens });
    const socket = await server.open(`/${token}`);
    server.follow({ tokens: [{ name: "others", sha256: "0".repeat(64) }] });
    await vi.waitFor(() => expect(socket.closed).toEqual([1008, "the token does not count any more"]), {
      timeout: 20_000,
    });
    expect((await server.post(call("eth_chainId"), { path: `/${token}` })).status).toBe(401);
  });

  it("that are replaced by others of their names end WebSockets, too", async () => {
    server = await TestServer.start({ tokens });
    const old = await server.open(`/${token}`);
    server.follow({ tokens: [...tokens, { name: "others", sha256: "0".repeat(64) }] });
    expect(await old.ask(call("eth_chainId"))).toMatchObject({ result: "eth_chainId" });
    server.follow({ tokens: [{ ...tokens[0]!, sha256: "0".repeat(64) }] });
    await vi.waitFor(() => expect(old.closed).toEqual([1008, "the token does not count any more"]), {
      timeout: 20_000,
    });
  });

  it("are not asked for where there are none, and no path is anything then", async () => {
    server = await TestServer.start();
    expect((await server.post(call("eth_chainId"))).status).toBe(200);
    const { status, body } = await server.post(call("eth_chainId"), { path: `/${token}` });
    expect([status, body]).toEqual([404, refused("there is nothing but /")]);
  });
});

/** Sends bytes that are no request; returns what comes back. */
function broken(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = request({ port, host: "127.0.0.1", method: "GET", headers: { Connection: "keep-alive" } });
    sent.on("socket", (socket) => {
      let answer = "";
      socket.on("data", (data) => (answer += data));
      socket.on("close", () => resolve(answer));
      socket.write(text);
    });
    sent.on("error", () => undefined);
  });
}

describe("requests", () => {
  it.each<[string, RequestInit, number, string]>([
    ["by another method", { method: "GET" }, 405, "calls come by POST, or over a WebSocket"],
    [
      "of another type",
      { headers: { "Content-Type": "text/plain" } },
      415,
      "calls have the content type application/json",
    ],
    [
      "that are compressed",
      { headers: { "Content-Type": "application/json", "Content-Encoding": "gzip" } },
      415,
      "calls are not compressed",
    ],
    ["that are too large", { body: "x".repeat(10_001) }, 413, "a request has at most 10000 bytes"],
    [
      "that are too large and do not say so",
      { body: slowly(20_000), duplex: "half" } as RequestInit,
      413,
      "a request has at most 10000 bytes",
    ],
  ])("%s are refused", async (_name, init, status, message) => {
    server = await TestServer.start();
    const body = init.method === "GET" ? null : "{}";
    const response = await fetch(`http://127.0.0.1:${server.port}/`, {
      ...{ method: "POST", headers: { "Content-Type": "application/json" }, body },
      ...init,
    });
    expect([response.status, await response.json()]).toEqual([status, refused(message)]);
  });

  it("that are too large end a WebSocket", async () => {
    server = await TestServer.start();
    const socket = await server.open();
    socket.socket.send("x".repeat(10_001));
    await vi.waitFor(() => expect(socket.closed?.[0]).toBe(1009), { timeout: 20_000 });
  });
});

function slowly(bytes: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let i = 0; i < bytes; i += 1000) controller.enqueue(new Uint8Array(1000).fill(32));
      controller.close();
    },
  });
}

describe("pages", () => {
  const origin = "https://app.example.com";

  it("may call if they are named", async () => {
    server = await TestServer.start({ origins: [origin] });
    const url = `http://127.0.0.1:${server.port}/`;
    const asked = await fetch(url, { method: "OPTIONS", headers: { Origin: origin } });
    expect([asked.status, asked.headers.get("access-control-allow-origin")]).toEqual([204, origin]);
    const { headers } = await server.post(call("eth_chainId"), { headers: { Origin: origin } });
    expect(headers.get("access-control-allow-origin")).toBe(origin);
    await server.open("/", { Origin: origin });
  });

  it("that are not named any more lose their WebSockets, and others do not", async () => {
    server = await TestServer.start({ origins: [origin] });
    const [ofPage, ofProgram] = [await server.open("/", { Origin: origin }), await server.open()];
    server.follow({ origins: [] });
    await vi.waitFor(() => expect(ofPage.closed).toEqual([1008, "the page may not call any more"]), {
      timeout: 20_000,
    });
    expect(await ofProgram.ask(call("eth_chainId"))).toMatchObject({ result: "eth_chainId" });
  });

  it("that are not named get nothing that their scripts may read, and no WebSocket", async () => {
    server = await TestServer.start({ origins: [origin] });
    const other = { Origin: "https://evil.example.com" };
    const asked = await fetch(`http://127.0.0.1:${server.port}/`, { method: "OPTIONS", headers: other });
    expect([asked.status, asked.headers.get("access-control-allow-origin")]).toEqual([405, null]);
    await expect(server.open("/", other)).rejects.toThrow("status 403");
  });
});

describe("calls a second", () => {
  it("are limited for each client, over HTTP and WebSockets together", async () => {
    const both = [...tokens, { name: "others", sha256: "0".repeat(64) }];
    server = await TestServer.start({ tokens: both, limits: { callsPerSecond: 1 } });
    const socket = await server.open(`/${token}`);
    const batch = Array.from({ length: 5 }, () => call("eth_chainId"));
    let answered = await server.post(batch, { headers: bearer });
    for (let i = 0; i < 50 && answered.status === 200; i++) answered = await server.post(batch, { headers: bearer });
    const { status, body, headers } = answered;
    expect(status).toBe(429);
    const seconds = headers.get("retry-after");
    const message = `more than 1 calls a second: try again in ${seconds} s`;
    expect(body).toEqual(batch.map(({ id }) => ({ jsonrpc: "2.0", id, error: { code: -32005, message } })));
    let last: any;
    for (let i = 0; i < 100 && last?.error === undefined; i++) last = await socket.ask(call("eth_chainId"));
    expect(last.error.code).toBe(-32005);
  });

  it("fill up again, and are kept for as many clients as there are", () => {
    let now = 0;
    const rates = new Rates(() => now);
    rates.limit(2, 5);
    expect(rates.take("a", 20)).toBe(0);
    expect(rates.take("a", 1)).toBe(1);
    expect(rates.take("b", 1)).toBe(0);
    now += 1000;
    expect(rates.take("a", 2)).toBe(0);
    expect(rates.take("a", 10)).toBe(5);
    now += 3_600_000;
    expect(rates.take("a", 20)).toBe(0);
    expect(rates.take("a", 1)).toBe(1);
    for (let i = 0; i < 20_001; i++) rates.take(`other ${i}`, 1);
    expect(rates.take("a", 1)).toBe(1);
  });

  it("have room for a batch, however few they are", () => {
    const rates = new Rates(() => 0);
    rates.limit(1, 100);
    expect(rates.take("a", 100)).toBe(0);
  });
});

it("counts calls by method, and tells which nodes serve", async () => {
  server = await TestServer.start();
  await server.post([call("eth_chainId"), call("admin_peers"), call("admin_nodeInfo")]);
  const text = await (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text();
  expect(text).toMatch(/^rpc_calls_total\{method="eth_chainId",outcome="let through"[^}]*\} 1/m);
  expect(text).toMatch(/^rpc_calls_total\{method="other",outcome="refused"[^}]*\} 2/m);
  expect(text).toMatch(/^rpc_node_serving\{rpc_node="rpc0"[^}]*\} 1/m);
});
