/** The generated configuration on a real HAProxy, with doubles of the nodes; tests/cluster tests it in a cluster. */
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import type { TLSSocket } from "node:tls";

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { TestCa } from "../../services/common/testing/testCa";
import {
  ask,
  clientHello,
  closed,
  connectTls,
  type EdgeAddress,
  ordinaryClientHello,
  proxyHeader,
  sendUntilClosed,
  trickleUntilClosed,
  whoAnswers,
} from "./clients";
import { findHaproxy, type HaproxyProgram } from "./haproxyProgram";
import { type EdgeOptions, LocalEdge } from "./localEdge";

const api = "api.net.example.com";
const peer0 = "peer0.org1.net.example.com";
const patience = { timeout: 30_000, interval: 100 };

let haproxy: HaproxyProgram;
let skipReason: string | undefined;
beforeAll(async () => {
  const found = await findHaproxy();
  if (typeof found === "string") skipReason = found;
  else haproxy = found;
}, 300_000);
beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));

let edge: LocalEdge;
/** An edge for the tests of a `describe`. */
function withEdge(options: EdgeOptions = {}): void {
  beforeAll(async () => {
    if (skipReason === undefined) edge = await LocalEdge.start(haproxy, options);
  });
  afterAll(async () => {
    if (skipReason !== undefined) return;
    try {
      edge.entries();
    } finally {
      await edge.stop();
    }
  });
}

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  ask(edge.address, { path, headers, method, servername: api, ca: edge.ca.pem });

async function health(node: string): Promise<boolean> {
  const { organizations, orderingService } = JSON.parse((await get("/status.json")).body);
  const nodes = [...organizations.flatMap(({ peers }: any) => peers), ...orderingService.orderers];
  return nodes.find(({ name }: any) => name === node).healthy;
}

/** Waits for an entry of the access log with these fields. */
const logged = (fields: Record<string, unknown>) =>
  vi.waitFor(() => {
    const found = edge.entries().find((entry) => Object.entries(fields).every(([key, value]) => entry[key] === value));
    expect(found, `no entry with ${JSON.stringify(fields)}, but ${edge.log.at(-1)}`).toBeDefined();
    return found!;
  }, patience);

describe("the configuration", () => {
  it.each<[string, EdgeOptions]>([
    ["as it is by default", {}],
    ["with the user's own certificate", { gateway: { certificateSecret: "own" } }],
    ["with the PROXY protocol", { exposure: { type: "LoadBalancer", proxyProtocol: true } }],
    ["with nothing passed through", { gateway: { passthrough: {} } }],
  ])("%s is taken without a warning", async (_what, options) => {
    const checked = await LocalEdge.start(haproxy, options);
    const { code, output } = await checked.check();
    const { complaints } = checked;
    await checked.stop();
    expect(output).not.toMatch(/WARNING|ALERT/);
    expect(code).toBe(0);
    expect(complaints).not.toMatch(/WARNING|ALERT/);
  });
});

describe("the name that a client asks for", () => {
  withEdge();

  it("leads to the node that has it, with its own certificate: TLS is passed through", async () => {
    expect(edge.reached).toHaveLength(4);
    for (const { node } of edge.reached) expect(await whoAnswers(edge.address, node.fqdn)).toBe(node.fqdn);
    // The addresses that service discovery gives to clients in the cluster lead there too.
    expect(await whoAnswers(edge.address, "peer0-org1.net.svc")).toBe(peer0);
    expect(await whoAnswers(edge.address, "PEER0.org1.net.EXAMPLE.com")).toBe(peer0);
    await logged({ name: peer0, backend: "peer0-org1", server: "peer0-org1", client: "127.0.0.1" });
  });

  it("may stand for any peer of an organization, and then leads to one that is well", async () => {
    const anyPeer = "peers.org1.net.example.com";
    const seen = new Set<string>();
    await vi.waitFor(async () => {
      seen.add(await whoAnswers(edge.address, anyPeer));
      expect([...seen].sort()).toEqual([peer0, "peer1.org1.net.example.com"]);
    }, patience);
    await edge.nodes.get("peer0-org1")!.stop();
    await vi.waitFor(async () => expect(await health("peer0-org1")).toBe(false), patience);
    for (let n = 0; n < 4; n++) expect(await whoAnswers(edge.address, anyPeer)).toBe("peer1.org1.net.example.com");
    await edge.nodes.get("peer0-org1")!.start();
    await vi.waitFor(async () => expect(await health("peer0-org1")).toBe(true), patience);
  });

  it.each([
    ["is not the network's", "api.other.example.com"],
    ["is that of a node that is not passed through", "peer0.org2.net.example.com"],
    ["is a part of a name", "net.example.com"],
    ["only begins like a name", `${peer0}.evil.example.com`],
    ["only ends like a name", `evil.${peer0}`],
  ])("that %s is refused, and the log tells it", async (_what, name) => {
    expect(await whoAnswers(edge.address, name)).toBe("refused");
    await logged({ name, backend: "edge", server: "<NOSRV>", bytesOut: 0 });
  });

  it("that is missing is refused, and the log tells it", async () => {
    await sendUntilClosed(edge.address, clientHello(undefined));
    await logged({ name: "-", backend: "edge" });
  });

  it.each<[string, Buffer]>([
    ["quotes", Buffer.from('a","client":"10.0.0.1')],
    ["a backslash at its end", Buffer.from("a\\")],
    ["line breaks", Buffer.from('b\n{"client":"10.0.0.1"}\r\n')],
    ["control characters", Buffer.from("\0\x01\x1b[31m\x7f")],
    ["format strings", Buffer.from("%[env(PATH)]%ci%s")],
    ["no UTF-8", Buffer.from([0x61, 0xff, 0xfe, 0xc3, 0x28, 0xe2, 0x82])],
    ["other letters", Buffer.from("bücher.example.com/日本")],
    ["many bytes", Buffer.alloc(2000, "a")],
    ["many bytes that are escaped", Buffer.alloc(2000, "\x01")],
    ["more bytes than fit when they are escaped", Buffer.alloc(8000, "\x01")],
    ["nothing", Buffer.alloc(0)],
    ["a node's name and more after a zero", Buffer.from(`${peer0}\0.example.com`)],
  ])("with %s in it is refused, and the log stays JSON, a line a connection", async (_what, name) => {
    const before = edge.log.length;
    await sendUntilClosed(edge.address, clientHello(name));
    await vi.waitFor(() => expect(edge.log.length).toBe(before + 1), patience);
    const entry = edge.entries().at(-1)!;
    expect(entry).toMatchObject({ client: "127.0.0.1", backend: "edge", server: "<NOSRV>" });
  });

  it.each([
    ["plain HTTP", "GET / HTTP/1.1\r\nHost: api.net.example.com\r\n\r\n"],
    ["SSH", "SSH-2.0-client\r\n"],
    ["other bytes", Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])],
  ])("cannot be told in %s, which is refused", async (_what, bytes) => {
    const before = edge.log.length;
    await sendUntilClosed(edge.address, bytes);
    await vi.waitFor(() => expect(edge.log.length).toBe(before + 1), patience);
    expect(edge.entries().at(-1)).toMatchObject({ name: "-", backend: "edge", bytesOut: 0 });
  });
});

describe("the API", () => {
  withEdge();

  it("says as JSON what the network offers, and where its nodes are reached", async () => {
    await vi.waitFor(async () => expect(await health("orderer0-orderer")).toBe(true), patience);
    const { status, headers, body } = await get("/");
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "strict-transport-security": "max-age=31536000",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
    expect(JSON.parse(body)).toEqual({
      network: "net",
      domain: "net.example.com",
      fabricVersion: "2.5.16",
      organizations: [
        {
          name: "org1",
          mspId: "Org1MSP",
          peers: [
            { name: "peer0-org1", address: `${peer0}:30443`, healthy: true },
            { name: "peer1-org1", address: "peer1.org1.net.example.com:30443", healthy: true },
          ],
        },
        { name: "org2", mspId: "Org2MSP", peers: [{ name: "peer0-org2", healthy: true }] },
      ],
      orderingService: {
        type: "etcdraft",
        orderers: [{ name: "orderer0-orderer", address: "orderer0.net.example.com:30443", healthy: true }],
      },
      channels: [{ name: "main", organizations: ["org1", "org2"], chaincodes: [] }],
    });
    await logged({ name: api, method: "GET", path: "/", status: 200, client: "127.0.0.1" });
  });

  it("says the same to people as a page, which may load nothing from anywhere", async () => {
    const { status, headers, body } = await get("/", { Accept: "text/html,*/*;q=0.8" });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(body).toMatch(/^<!doctype html>\n/);
    expect(body).toContain(
      `<tr><td>peer0-org1</td><td>Org1MSP</td><td>${peer0}:30443</td><td class="healthy">healthy</td></tr>`,
    );
    expect(body).toContain("<td>inside the cluster only</td>");
    expect(body).not.toContain("%");
  });

  it("speaks HTTP/2", async () => {
    const session = connectHttp2(`https://${edge.address.host}:${edge.address.port}`, {
      servername: api,
      ca: edge.ca.pem,
    });
    const stream = session.request({ ":path": "/status.json", ":authority": api }).resume();
    const [headers] = await once(stream, "response");
    expect(headers[":status"]).toBe(200);
    session.destroy();
  });

  it("tells the health of a node as it goes down and comes up", async () => {
    const node = edge.nodes.get("orderer0-orderer")!;
    await node.stop();
    await vi.waitFor(async () => expect(await health("orderer0-orderer")).toBe(false), patience);
    expect((await get("/", { Accept: "text/html" })).body).toContain('<td class="down">down</td>');
    expect(await whoAnswers(edge.address, "orderer0.net.example.com")).toBe("refused");
    await node.start();
    await vi.waitFor(async () => expect(await health("orderer0-orderer")).toBe(true), patience);
    expect(await whoAnswers(edge.address, "orderer0.net.example.com")).toBe("orderer0.net.example.com");
  });

  it("has nothing else to say", async () => {
    expect(await get("/metrics")).toMatchObject({ status: 404 });
    expect(await get("/../../etc/passwd")).toMatchObject({ status: 404 });
    expect(await get("/", {}, "POST")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
    expect(await get("/", {}, "HEAD")).toMatchObject({ status: 200, body: "" });
  });

  it("keeps its log JSON whatever path is asked for", async () => {
    const path = `/${"%22%0a\\'x".repeat(600)}`;
    expect((await get(path)).status).toBe(404);
    await vi.waitFor(() => expect(edge.entries().filter(({ status }) => status === 404)).not.toEqual([]), patience);
    expect((await get("/a\"b\\c{'%s")).status).toBe(404);
    expect((await get("/", {}, "X".repeat(3000))).status).toBe(405);
    await logged({ path: "/a\"b\\c{'%s", status: 404 });
  });

  it("keeps its log JSON when there is no request to speak of", async () => {
    // The handshake fails, as the two sides have no parameters in common.
    await sendUntilClosed(edge.address, clientHello(Buffer.from(api)));
    await logged({ listener: "page", error: "SSL handshake failure" });
    const socket = await connectTls(edge.address, api);
    socket.write('\0"nonsense"\r\n\r\n');
    await closed(socket);
    await logged({ listener: "page", error: "refused" });
  });
});

describe("the user's own certificate", () => {
  withEdge({ gateway: { certificateSecret: "own" } });

  it("is what clients of the API see; probes see the enrolled one", async () => {
    expect(await whoAnswers(edge.address, api)).toBe("the user's own");
    expect(await whoAnswers(edge.operations, "localhost")).toBe("gateway");
  });
});

describe("operations", () => {
  withEdge();
  const operations = (path: string, options: object = {}) =>
    ask(edge.operations, { path, servername: "gateway.net.svc", ca: edge.ca.pem, ...options });

  it("answer probes without a certificate", async () => {
    for (const path of ["/healthz", "/livez"]) {
      expect(await operations(path)).toMatchObject({ status: 200, body: "OK\n" });
    }
  });

  it("show metrics to those with a certificate of the organization, and to nobody else", async () => {
    expect(await operations("/metrics")).toMatchObject({ status: 401 });
    const { status, body } = await operations("/metrics", await edge.certificate("prometheus"));
    expect(status).toBe(200);
    expect(body).toMatch(/^haproxy_frontend_current_sessions\{proxy="edge"\} /m);
    expect(body).toMatch(/^haproxy_server_status\{proxy="peer0-org1",server="peer0-org1",state="UP"\} 1$/m);
    const foreign = await edge.certificate("prometheus", [], await TestCa.make("tlsca.org2"));
    await expect(operations("/metrics", foreign)).rejects.toThrow();
  });
});

describe("a client that is slow", () => {
  withEdge({ gateway: { limits: { headerTimeout: "1s" } } });
  const open = () => connect(edge.address);
  const request = Buffer.from(`GET / HTTP/1.1\r\nHost: ${api}\r\nX-Slow: ${"x".repeat(5000)}`);

  it("is cut off before it has said which name it wants", async () => {
    await sendUntilClosed(edge.address);
    await sendUntilClosed(edge.address, clientHello(Buffer.from(api)).subarray(0, 60));
    await trickleUntilClosed(open(), clientHello(Buffer.alloc(5000, "x")));
    await logged({ backend: "edge", bytesIn: 0, bytesOut: 0 });
  });

  it("is cut off in the middle of its handshake with the API", async () => {
    await sendUntilClosed(edge.address, await ordinaryClientHello(api));
  });

  it("is cut off before it has sent the header of its request", async () => {
    const silent = await connectTls(edge.address, api);
    const trickling = await connectTls(edge.address, api);
    await Promise.all([closed(silent), trickleUntilClosed(trickling, request)]);
  });

  it("is left alone once it is with a node", async () => {
    const socket = await connectTls(edge.address, peer0);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    socket.write(`GET /later HTTP/1.1\r\nHost: ${peer0}\r\n\r\n`);
    const [bytes] = await once(socket, "data");
    expect(String(bytes)).toMatch(/^HTTP\/1.1 200/);
    socket.destroy();
  });
});

describe("limits", () => {
  withEdge({
    gateway: { limits: { connections: 12, connectionsPerClient: 5, newConnectionsPerClient: 40 } },
  });
  const held: TLSSocket[] = [];
  const from = (localAddress: string): EdgeAddress => ({ ...edge.address, localAddress });
  // A connection that was just refused may count for a moment.
  const hold = async (address: EdgeAddress) => held.push(await vi.waitFor(() => connectTls(address, peer0), patience));
  const releaseAll = async () => {
    held.splice(0).forEach((socket) => socket.destroy());
    await vi.waitFor(async () => {
      // HAProxy may still count connections that this machine has closed.
      const { body } = await ask(edge.operations, {
        path: "/metrics",
        rejectUnauthorized: false,
        ...(await edge.certificate("prometheus")),
      });
      expect(body).toMatch(/^haproxy_frontend_current_sessions\{proxy="edge"\} 0$/m);
    }, patience);
  };

  it("hold for the connections of a client at one time, whatever name it asks for", async () => {
    const one = from("127.0.0.2");
    for (let n = 0; n < 5; n++) await hold(one);
    expect(await whoAnswers(one, peer0)).toBe("refused");
    expect(await whoAnswers(one, api)).toBe("refused");
    expect(await whoAnswers(from("127.0.0.3"), peer0)).toBe(peer0);
    held.pop()!.destroy();
    await vi.waitFor(async () => expect(await whoAnswers(one, peer0)).toBe(peer0), patience);
    await releaseAll();
  });

  it("hold for all connections together", async () => {
    for (const client of [4, 5, 6]) for (let n = 0; n < 4; n++) await hold(from(`127.0.0.${client}`));
    expect(await whoAnswers(from("127.0.0.7"), peer0)).toBe("refused");
    const probed = async (path: string) => (await ask(edge.operations, { path, rejectUnauthorized: false })).status;
    // Clients go to other pods; this one is not restarted, which would cut off those that it has.
    expect([await probed("/healthz"), await probed("/livez")]).toEqual([503, 200]);
    await releaseAll();
    expect(await whoAnswers(from("127.0.0.7"), peer0)).toBe(peer0);
    expect(await probed("/healthz")).toBe(200);
  });

  it("hold for new connections of a client within a time, and not for ever", async () => {
    const one = from("127.0.0.8");
    const answers: string[] = [];
    for (let n = 0; n < 45; n++) answers.push(await whoAnswers(one, peer0));
    expect(answers[0]).toBe(peer0);
    expect(answers).toContain("refused");
    expect(await whoAnswers(from("127.0.0.9"), peer0)).toBe(peer0);
    await vi.waitFor(async () => expect(await whoAnswers(one, peer0)).toBe(peer0), { ...patience, interval: 2000 });
  });
});

describe("in a cluster with IPv6", () => {
  const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === "::1"));
  beforeEach(({ skip }) => skip(!hasIpv6, "this machine has no IPv6"));
  withEdge(hasIpv6 ? { environment: { ipFamilies: ["IPv6", "IPv4"] } } : {});

  it.each(["::1", "127.0.0.1"])("clients and probes reach it at %s", async (host) => {
    expect(await whoAnswers({ ...edge.address, host }, peer0)).toBe(peer0);
    const probe = { path: "/healthz", rejectUnauthorized: false };
    expect(await ask({ ...edge.operations, host }, probe)).toMatchObject({ status: 200 });
  });
});

describe("behind a load balancer that speaks the PROXY protocol", () => {
  withEdge({
    exposure: { type: "LoadBalancer", proxyProtocol: true },
    gateway: { limits: { connectionsPerClient: 2 } },
  });

  async function connectThroughBalancer(version: 1 | 2, client: string, servername: string) {
    const socket = connect(edge.address);
    socket.write(proxyHeader(version, client));
    return connectTls(edge.address, servername, { socket });
  }

  it.each([1, 2] as const)("the client is the one that its header names, in version %i", async (version) => {
    const client = `203.0.113.${version}`;
    const toNode = await connectThroughBalancer(version, client, peer0);
    expect(toNode.getPeerCertificate().subject.CN).toBe(peer0);
    toNode.destroy();
    await logged({ client, clientPort: 40000, name: peer0, server: "peer0-org1" });
    const toApi = await connectThroughBalancer(version, client, api);
    toApi.end(`GET /status.json HTTP/1.0\r\n\r\n`).resume();
    await logged({ client, clientPort: 40000, path: "/status.json" });
    toApi.destroy();
  });

  it("limits hold for that client, not for the load balancer", async () => {
    const held = [];
    for (const client of ["198.51.100.1", "198.51.100.1", "198.51.100.2", "198.51.100.2", "198.51.100.3"]) {
      held.push(await connectThroughBalancer(2, client, peer0));
    }
    await expect(connectThroughBalancer(2, "198.51.100.1", peer0)).rejects.toThrow();
    held.forEach((socket) => socket.destroy());
  });

  it("who does not say who the client is, is refused", async () => {
    expect(await whoAnswers(edge.address, peer0)).toBe("refused");
    await sendUntilClosed(edge.address, "PROXY UNKNOWN nonsense\n");
    await sendUntilClosed(edge.address, clientHello(Buffer.from(api)));
    await logged({ client: "127.0.0.1", listener: "edge" });
  });
});
