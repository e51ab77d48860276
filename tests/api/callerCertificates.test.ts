/** Callers with client certificates: through a real HAProxy to the API server's own process. */
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { connect as tlsConnect } from "node:tls";
import { promisify } from "node:util";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { TestOrganization } from "../../client/src/testing/testOrganization";
import { certificateRequest } from "../../services/common/certificateRequest";
import { parsePrivateKey } from "../../services/common/keys";
import { type Life, TestCa } from "../../services/common/testing/testCa";
import { ask } from "../edge/clients";
import { findHaproxy } from "../edge/haproxyProgram";
import { LocalEdge } from "../edge/localEdge";
import type { ApiProcess } from "./apiProcess";
import { fileOf, startBehindEdge } from "./behindEdge";

const host = "mtls-api.net.example.com";
const plainHost = "api.net.example.com";
const path = "/v1/channels/main/chaincodes/assets";
const body = JSON.stringify({ function: "Put", arguments: ["key", "value"] });
const members = ["certificate:org1/CN=alice,OU=client", "certificate:org1/CN=mallory,OU=client"];
const roles = { trader: { actions: ["evaluate", "submit"], members } };

interface Pair {
  cert: string;
  key: string;
}

let organization: TestOrganization;
let edge: LocalEdge;
let server: ApiProcess;
let skipReason: string | undefined;

beforeAll(async () => {
  const haproxy = await findHaproxy();
  if (typeof haproxy === "string") return void (skipReason = haproxy);
  organization = await TestOrganization.start();
  edge = await LocalEdge.start(haproxy, { api: { certificates: {}, roles } });
  server = await start();
}, 300_000);
beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));
afterAll(async () => {
  await server?.kill();
  await edge?.stop();
  organization?.close();
});

const at = (name: string) => fileOf(organization, name);

async function start(): Promise<ApiProcess> {
  const files: Record<string, string> = {};
  for (const [name, ca] of edge.signingCas) {
    files[`${name}.pem`] = ca.pem;
    files[`${name}.crl`] = await ca.revocationList([]);
  }
  const authority = (name: string) => ({ certificates: at(`${name}.pem`), revocationList: at(`${name}.crl`) });
  const certificates = { org1: authority("org1"), org2: authority("org2") };
  return startBehindEdge(organization, edge, { certificates, roles }, files);
}

/** A client's certificate of a signing CA, as Fabric CA issues it. */
async function client(name: string, ca = edge.signingCas.get("org1")!, life?: Life): Promise<Pair> {
  const { key } = await edge.certificate(name);
  return { key, cert: await ca.sign(await certificateRequest(parsePrivateKey(key)!, name, []), "client", life) };
}

const calls = () => organization.peers.reduce((sum, { calls: { endorse, submit } }) => sum + endorse + submit, 0);
const submit = (pair: Partial<Pair>, more: { headers?: Record<string, string>; servername?: string } = {}) =>
  ask(edge.address, {
    path: `${path}/submit`,
    method: "POST",
    servername: host,
    ca: edge.ca.pem,
    body,
    ...pair,
    ...more,
    headers: { host, "content-type": "application/json", ...more.headers },
  });
const audit = (caller: string) =>
  server.lines.filter((line) => line.message === "audit" && line.caller === caller).at(-1);

describe("a caller with a certificate", () => {
  it("does what its roles allow, and is named by its CA and its subject", async () => {
    const { status, body: answer } = await submit(await client("alice"));
    expect([status, JSON.parse(answer).state]).toEqual([200, "committed"]);
    await expect
      .poll(() => audit("certificate:org1/CN=alice,OU=client"))
      .toMatchObject({ action: "submit", status: 200 });
  });

  it("calls with curl", async () => {
    const { cert, key } = await client("alice");
    const files = { "alice.pem": cert, "alice.key": key, "edge.pem": edge.ca.pem };
    for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
    const address = `${host}:${edge.address.port}`;
    const { stdout } = await promisify(execFile)("curl", [
      ...["--silent", "--show-error", "--fail-with-body", "--cacert", at("edge.pem")],
      ...["--cert", at("alice.pem"), "--key", at("alice.key"), "--resolve", `${address}:${edge.address.host}`],
      ...["--header", "Content-Type: application/json", "--data", body, `https://${address}${path}/submit`],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ state: "committed", function: "Put" });
  });

  it("is another one if another CA has issued the same subject", async () => {
    const before = calls();
    const { status, body: answer } = await submit(await client("alice", edge.signingCas.get("org2")));
    expect([status, JSON.parse(answer).detail]).toEqual([
      403,
      "You may not submit Put of chaincode assets on channel main: you have no role.",
    ]);
    expect(calls()).toBe(before);
    await expect.poll(() => audit("certificate:org2/CN=alice,OU=client")).toMatchObject({ status: 403 });
  });

  it("cannot name itself by the headers of the gateway", async () => {
    const alice = new X509Certificate((await client("alice")).cert).raw.toString("base64");
    const forged = { "x-baas-client-certificate": alice, "X-Baas-Client-Name": "alice" };
    const bob = await client("bob");
    expect((await submit(bob, { headers: forged })).status).toBe(403);
    const plain = await submit({}, { headers: { ...forged, host: plainHost }, servername: plainHost });
    expect([plain.status, JSON.parse(plain.body).code]).toEqual([401, "UNAUTHENTICATED"]);
  });

  it("is known on resumed TLS sessions, too", async () => {
    const pair = await client("alice");
    const request = `GET /v1/submissions/7b1ad4d0-2f0c-4e0e-9d3c-111111111111 HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const once = (session?: Buffer) =>
      new Promise<{ answer: string; session?: Buffer; isReused: boolean }>((resolve, reject) => {
        const socket = tlsConnect({ ...edge.address, servername: host, ca: edge.ca.pem, session, ...pair });
        let [answer, last, isReused]: [string, Buffer | undefined, boolean] = ["", undefined, false];
        socket.on("session", (ticket) => (last = ticket));
        socket.on("error", reject).on("secureConnect", () => {
          isReused = socket.isSessionReused();
          socket.write(request);
        });
        socket.setEncoding("utf8").on("data", (text) => (answer += text));
        socket.on("close", () => resolve({ answer, session: last!, isReused }));
      });
    const first = await once();
    const second = await once(first.session);
    expect(second.isReused).toBe(true);
    expect(second.answer).toMatch(/^HTTP\/1.1 404 /);
  });
});

describe("a certificate that does not count", () => {
  const refused = (reason: string) => `You are not who you say: ${reason}.`;
  it.each<[string, () => Promise<Partial<Pair>>, string]>([
    ["is none", async () => ({}), "Say who you are: show a client certificate of one of the CAs that count here."],
    ["has expired", () => client("alice", undefined, { from: -2, until: -1 }), refused("the certificate has expired")],
    [
      "is not valid yet",
      () => client("alice", undefined, { from: 1, until: 2 }),
      refused("the certificate does not count here"),
    ],
    [
      "is of an unknown CA",
      async () => client("alice", await TestCa.make("elsewhere")),
      refused("no CA that counts here has issued the certificate"),
    ],
    [
      "is of another CA with the same name",
      async () => client("alice", await TestCa.make("ca.org1")),
      refused("the certificate does not count here"),
    ],
    [
      "is of the TLS CA, from which nodes have theirs",
      () => client("alice", edge.ca),
      refused("no CA that counts here has issued the certificate"),
    ],
  ])("because it %s is refused with a reason, and nothing is sent", async (_, make, detail) => {
    const before = calls();
    const { status, headers, body: answer } = await submit(await make());
    expect([status, headers["content-type"], JSON.parse(answer)]).toEqual([
      401,
      "application/problem+json",
      { status: 401, code: "UNAUTHENTICATED", detail },
    ]);
    expect(calls()).toBe(before);
  });

  it("because it was revoked is refused at the next request, on connections that live, too", async () => {
    const mallory = await client("mallory");
    const session = connect(`https://${edge.address.host}:${edge.address.port}`, {
      ...{ servername: host, ca: edge.ca.pem },
      ...mallory,
    });
    expect((await onSession(session)).status).toBe(200);
    writeFileSync(at("org1.crl"), await edge.signingCas.get("org1")!.revocationList([mallory.cert]));
    await expect.poll(async () => (await onSession(session)).status, { timeout: 20_000, interval: 500 }).toBe(401);
    const before = calls();
    const onLiving = await onSession(session);
    const onNew = await submit(mallory);
    expect([JSON.parse(onLiving.body), JSON.parse(onNew.body)]).toEqual(
      Array.from({ length: 2 }, () => ({
        status: 401,
        code: "UNAUTHENTICATED",
        detail: refused("the certificate was revoked"),
      })),
    );
    expect(calls()).toBe(before);
    expect((await submit(await client("alice"))).status).toBe(200);
    session.destroy();
  });
});

/** One call on an HTTP/2 connection. */
function onSession(session: ClientHttp2Session): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": `${path}/submit`,
      ":authority": host,
      "content-type": "application/json",
    });
    let [status, text] = [0, ""];
    stream.on("response", (headers) => (status = Number(headers[":status"])));
    stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    stream.on("end", () => resolve({ status, body: text })).on("error", reject);
    stream.end(body);
  });
}

describe("a name", () => {
  it.each([
    ["of a request that differs from that of its connection is refused", host, plainHost],
    ["of certificates on a connection without them is refused", plainHost, host],
  ])("%s", async (_, servername, wanted) => {
    const { status, body: answer } = await submit(await client("alice"), { servername, headers: { host: wanted } });
    expect([status, JSON.parse(answer)]).toEqual([
      421,
      { status: 421, code: "MISDIRECTED", detail: "The connection is for another name than the request." },
    ]);
  });
});
