import { createServer } from "node:http";
import { type AddressInfo, connect as connectPlain, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";

import { afterEach, describe, expect, it, vi } from "vitest";

import { TestServer } from "../testing/testServer";
import { addressIn, Proxied } from "./proxyProtocol";

let server: TestServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const host = "rpc.chain.example.com";
const start = () => TestServer.start({ proxyProtocol: true, tls: { host } });

function plain(port: number): Promise<Socket> {
  const socket = connectPlain(port, "127.0.0.1").on("error", () => undefined);
  return new Promise((resolve) => socket.once("connect", () => resolve(socket)));
}

function secured(socket: Socket): Promise<TLSSocket> {
  const tls = connect({ socket, servername: host, rejectUnauthorized: false });
  return new Promise((resolve, reject) => tls.once("secureConnect", () => resolve(tls)).once("error", reject));
}

const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}';
const post = `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

async function ask(tls: TLSSocket): Promise<string> {
  let answer = "";
  tls.on("data", (data) => (answer += data));
  tls.write(post);
  await vi.waitFor(() => expect(answer).toContain("eth_chainId"), { timeout: 20_000 });
  return answer;
}

describe("a line of the PROXY protocol", () => {
  it.each<[string, string | undefined]>([
    ["PROXY TCP4 203.0.113.7 10.0.0.1 40000 443", "203.0.113.7"],
    ["PROXY TCP6 2001:db8::7 2001:db8::1 40000 443", "2001:db8::7"],
    ["PROXY UNKNOWN", "unknown"],
    ["PROXY UNKNOWN ffff::1 ffff::2 1 2", "unknown"],
    ["PROXY TCP4 203.0.113.7 10.0.0.1 40000", undefined],
    ["PROXY TCP4 evil.example.com 10.0.0.1 40000 443", undefined],
    ["proxy TCP4 203.0.113.7 10.0.0.1 40000 443", undefined],
    ["GET / HTTP/1.1", undefined],
    ["", undefined],
  ])("%s", (line, address) => expect(addressIn(line)).toBe(address));
});

it("forgets clients that have gone", async () => {
  const server = createServer((_request, response) => void response.end("eth_chainId"));
  const proxied = new Proxied(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = await plain((server.address() as AddressInfo).port);
  socket.write(`PROXY TCP4 203.0.113.7 10.0.0.1 40000 443\r\n${post}`);
  await vi.waitFor(() => expect(proxied.number).toBe(1), { timeout: 20_000 });
  socket.destroy();
  await vi.waitFor(() => expect(proxied.number).toBe(0), { timeout: 20_000 });
  await new Promise((resolve) => server.close(resolve));
});

describe("a filter behind HAProxy", () => {
  it.each(["at once", "byte by byte"])("knows for whom it connects, when the line comes %s", async (how) => {
    server = await start();
    const socket = await plain(server.port);
    const line = "PROXY TCP4 203.0.113.7 10.0.0.1 40000 443\r\n";
    if (how === "at once") socket.write(line);
    else for (const byte of line) await new Promise((resolve) => socket.write(byte, resolve));
    const tls = await secured(socket);
    expect(tls.getPeerCertificate().subjectaltname).toBe(`DNS:${host}`);
    await ask(tls);
    expect(server.lines.join("")).toContain('"address":"203.0.113.7"');
    tls.destroy();
  });

  it("takes line and ClientHello in one piece", async () => {
    server = await start();
    const socket = await plain(server.port);
    socket.cork();
    socket.write("PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n");
    const tls = secured(socket);
    setImmediate(() => socket.uncork());
    await ask(await tls);
    expect(server.lines.join("")).toContain('"address":"2001:db8::7"');
    (await tls).destroy();
  });

  it.each(["GET / HTTP/1.1\r\n", `PROXY ${"x".repeat(200)}`])("takes nothing from others: %j", async (text) => {
    server = await start();
    const socket = await plain(server.port);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write(text);
    await closed;
    expect(server.node.bodies).toEqual([]);
  });
});
