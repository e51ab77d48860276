/** The gateway of an Ethereum network: its configuration on a real HAProxy, the filter behind it, and a double of a node. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it, vi } from "vitest";
import { WebSocket } from "ws";

import { toFilter } from "../../components/ethereum/ethereumGateway";
import { passThroughConfiguration } from "../../components/gateway/passThroughConfiguration";
import { passThroughHealthPort, ports } from "../../model/contracts/ports";
import { ethereumGatewaySchema } from "../../model/stackFile/ethereumGatewaySchema";
import { freePort } from "../../services/common/testing/freePort";
import { call, TestServer, token, tokens } from "../../services/rpc/src/testing/testServer";
import { whoAnswers } from "./clients";
import { findHaproxy } from "./haproxyProgram";

const host = "rpc.chain.example.com";
const { limits } = ethereumGatewaySchema.parse({ port: 30443 });

/** Calls a method by a path; returns status and body. */
async function post(port: number, path: string, method: string): Promise<[status: number | undefined, body: string]> {
  const options = { port, host: "127.0.0.1", servername: host, rejectUnauthorized: false, path, method: "POST" };
  const sent = request({ ...options, agent: false, headers: { host, "Content-Type": "application/json" } });
  sent.end(JSON.stringify(call(method)));
  const [response] = await once(sent, "response");
  let body = "";
  for await (const part of response) body += part;
  return [response.statusCode, body];
}

it("clients call by TLS that HAProxy cannot read: it tells the filter who they are, and nobody's log has their tokens", async ({
  skip,
}) => {
  const haproxy = await findHaproxy();
  if (typeof haproxy === "string") return skip(haproxy);
  const folder = mkdtempSync(join(tmpdir(), "baas-ethereum-gateway-"));
  const filter = await TestServer.start({ tokens, proxyProtocol: true, tls: { host } });
  const [edge, health] = [await freePort(), await freePort()];
  const surroundings = { namespace: "chain", ipFamilies: undefined };
  const exposure = { proxyProtocol: false };
  const file = join(folder, "haproxy.cfg");
  writeFileSync(
    file,
    passThroughConfiguration({ host, limits, exposure, surroundings, clusterDomain: "cluster.local", target: toFilter })
      ["haproxy.cfg"]!.replace(`bind :${ports.gateway}`, `bind 127.0.0.1:${edge}`)
      .replace(`bind :${passThroughHealthPort}`, `bind 127.0.0.1:${health}`)
      .replace(/(server json-rpc) \S+ /, `$1 127.0.0.1:${filter.port} `),
  );
  const child = spawn(haproxy.path, ["-W", "-db", "-f", file], { env: { ...process.env, ...haproxy.env } });
  let log = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (log += text));
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  try {
    const lives = async () => expect((await fetch(`http://127.0.0.1:${health}/`)).status).toBe(200);
    await vi.waitFor(lives, { timeout: 30_000, interval: 100 });
    expect(await post(edge, `/${token}`, "eth_chainId")).toEqual([
      200,
      '{"jsonrpc":"2.0","id":1,"result":"eth_chainId"}',
    ]);
    expect((await post(edge, `/${token}`, "admin_peers"))[1]).toContain("the method admin_peers does not exist");
    expect((await post(edge, "/", "eth_chainId"))[0]).toBe(401);
    const url = `wss://127.0.0.1:${edge}/${token}`;
    const options: object = { servername: host, rejectUnauthorized: false, headers: { host } };
    const socket = new WebSocket(url, options);
    await once(socket, "open");
    socket.send(JSON.stringify(call("eth_subscribe", ["newHeads"])));
    const [answer] = await once(socket, "message");
    expect(JSON.parse(String(answer))).toMatchObject({ id: 1, result: "0x1" });
    socket.terminate();
    for (const other of ["example.com", "chain.example.com", "json-rpc.chain.svc"]) {
      expect([other, await whoAnswers({ host: "127.0.0.1", port: edge }, other)]).toEqual([other, "refused"]);
    }
    expect(complaints).not.toMatch(/alert|error/i);
    await vi.waitFor(
      () => expect(log.match(new RegExp(`"name":"${host}","backend":"json-rpc"`, "g"))).toHaveLength(4),
      {
        timeout: 20_000,
      },
    );
    for (const line of log.trim().split("\n")) JSON.parse(line);
    // By the filter's own connections, it would be HAProxy's address too: proxyProtocol.test.ts shows others.
    expect(filter.lines.join("")).toContain('"client":"wallets","address":"127.0.0.1"');
    expect([log, complaints, filter.lines.join("")].map((text) => text.includes(token))).toEqual([false, false, false]);
  } finally {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
    await filter.stop();
    rmSync(folder, { recursive: true });
  }
});
