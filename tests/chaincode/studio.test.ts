/**
 * A studio's gate and the host of its session without Kubernetes: a browser signs in and is passed on to an editor's double, and a double
 * of a peer calls a real contract through relay, gate and host.
 */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { askGate, type Asking } from "../../cli/studio/gateClient";
import { ClientError } from "../../client/src/errors";
import { certificateRequest } from "../../services/common/certificateRequest";
import { contractCommand, projectIn } from "../../services/common/contract/project";
import { newPrivateKey, parsePrivateKey } from "../../services/common/keys";
import { jsonLog } from "../../services/common/log";
import { connectLink, linkKey, type LinkTarget } from "../../services/common/studioLink";
import { freePort } from "../../services/common/testing/freePort";
import { TestCa } from "../../services/common/testing/testCa";
import { Relay } from "../../services/debug-relay/src/relay";
import { Host } from "../../services/studio/src/host/host";
import { Calls } from "../../services/studio-gate/src/calls";
import { Editor } from "../../services/studio-gate/src/editor";
import { Gate } from "../../services/studio-gate/src/gate";
import { LentConnections } from "../../services/studio-gate/src/lentConnections";
import { Life } from "../../services/studio-gate/src/life";
import { Logins } from "../../services/studio-gate/src/logins";
import { networkCalls } from "../../services/studio-gate/src/networkCalls";
import { RemoteSession } from "../../services/studio-gate/src/remoteSession";
import { SignedRequests } from "../../services/studio-gate/src/requests";
import type { Answer } from "../edge/clients";
import { editorDouble, type Seen } from "../studio/editorDouble";
import * as visitor from "../studio/visitor";
import { PeerDouble } from "./peerDouble";

const host = "studio-ada.example.com";
const relayHost = "relay.org1.example.com";
const server = "notes-1-0-org1";
const secret = "a long random text";
const folder = mkdtempSync(join(tmpdir(), "baas-studio-"));
const log = jsonLog("error");
const portOf = (listening: { address(): unknown }): number => (listening.address() as AddressInfo).port;
const children: { kill(signal: NodeJS.Signals): unknown }[] = [];
let signing: TestCa;
let tls: TestCa;
let relay: Relay;
let sessionHost: Host;
let gate: Gate;
let calls: Calls;
let life: Life;
let peer: PeerDouble;
let editor: Server;
let developer: Asking;
let link: LinkTarget;
let wasEnded = false;

/** The network, as the client library shows it. */
const network = {
  evaluate: vi.fn((name: string, args: readonly unknown[] = []) =>
    Promise.resolve(Buffer.from(`${name} ${args.join()}`)),
  ),
  submit: vi.fn((): Promise<any> => Promise.resolve({ txID: "f00", blockNumber: 7n, result: Uint8Array.of(255) })),
};

/** What the editor's double was asked, and with which fields. */
const seen: Seen[] = [];

async function client(name: string, type = "client") {
  const key = newPrivateKey();
  const certificate = await signing.sign(await certificateRequest(parsePrivateKey(key)!, name, []), type);
  return { certificate, privateKey: key };
}

async function serverPair(name: string, hosts: string[]) {
  const key = newPrivateKey();
  return { cert: await tls.issue(parsePrivateKey(key)!, name, hosts), key };
}

/** A contract that runs as the session program would run it. */
function contractAt(port: number) {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "notes", version: "1.0.0", main: "notes.js" }));
  writeFileSync(
    join(folder, "notes.js"),
    `const { Contract } = require("fabric-contract-api");
class Notes extends Contract {
  async Write(ctx, key, text) { await ctx.stub.putState(key, Buffer.from(text)); return text; }
}
exports.contracts = [Notes];
`,
  );
  symlinkSync(join(__dirname, "../../node_modules"), join(folder, "node_modules"));
  const settings = { packageId: "notes_1.0:abcdef", port, debugPort: undefined };
  const { command, args, cwd, env } = contractCommand(projectIn(folder), settings);
  return () => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: "ignore" });
    children.push(child);
    return child;
  };
}

beforeAll(async () => {
  [signing, tls] = await Promise.all([TestCa.make("ca"), TestCa.make("tlsca")]);
  relay = new Relay({
    tls: await serverPair("debug", [server, relayHost]),
    signingRoot: signing.pem,
    tlsRoot: tls.pem,
    servers: [server],
    developers: ["studio-ada"],
    addressOf: () => "127.0.0.1:1",
    log,
  });
  for (const each of [relay.server, relay.sessions.server]) await once(each.listen(0, "127.0.0.1"), "listening");
  peer = new PeerDouble({ name: server, port: portOf(relay.server), root: tls.pem });
  const [editorPort, chaincodePort] = [await freePort(), await freePort()];
  editor = editorDouble((request) => void seen.push(request));
  sessionHost = new Host({
    key: () => linkKey(secret),
    programs: [
      { name: "contract", start: contractAt(chaincodePort) },
      {
        name: "editor",
        start: () => {
          editor.listen(editorPort, "127.0.0.1");
          return spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
        },
      },
    ],
    ports: { editor: editorPort as 8080, chaincode: chaincodePort as 7052 },
    end: () => (wasEnded = true),
    log,
  });
  for (const each of [sessionHost.server, sessionHost.calls, sessionHost.health])
    await once(each.listen(0, "127.0.0.1"), "listening");
  link = { host: "127.0.0.1", port: portOf(sessionHost.server), key: linkKey(secret) };
  await startGate();
  developer = { address: "127.0.0.1", port: portOf(gate.server), tlsRoot: tls.pem, ...(await client("ada")) };
});

async function startGate(): Promise<void> {
  const own = await client("studio-ada");
  const port = portOf(relay.sessions.server);
  const target = { address: "127.0.0.1", port, host: relayHost, tlsRoot: tls.pem, server, ...own };
  const logins = new Logins();
  const taken = networkCalls({
    calls: { channel: "main", chaincode: "notes" },
    until: () => life.state.until,
    client: () => Promise.resolve(network),
  });
  const lent = new LentConnections(() => link, taken);
  calls = new Calls({ relay: () => target, link: () => link, log });
  life = new Life({
    session: new RemoteSession(() => link),
    idleSeconds: 1800,
    lifeSeconds: 3600,
    began: () => {
      calls.start();
      lent.start();
    },
    ended: () => {
      logins.clear();
      gate.closeWindows();
      calls.stop();
      lent.stop();
    },
    log,
  });
  const admission = () => ({ signingRoot: signing.pem, developers: ["ada"] });
  gate = new Gate({
    settings: { host },
    tls: await serverPair("studio-ada", [host, "localhost"]),
    logins,
    requests: new SignedRequests({ host, admission }),
    life,
    editor: new Editor(() => link),
    calls,
    log,
  });
  await once(gate.server.listen(0, "127.0.0.1"), "listening");
}

afterAll(() => {
  calls?.stop();
  gate?.server.close();
  gate?.server.closeAllConnections();
  sessionHost?.server.close();
  sessionHost?.calls.close();
  sessionHost?.health.close();
  editor?.close();
  editor?.closeAllConnections();
  peer?.close();
  relay?.close();
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** The gate, as a browser reaches it. */
const visited = (): visitor.Visited => ({ name: host, host: "127.0.0.1", port: portOf(gate.server) });
const browse = (path: string, headers: Record<string, string> = {}, visit: visitor.Visit = {}): Promise<Answer> =>
  visitor.browse(visited(), path, { headers, ...visit });
const enter = (secret: string): Promise<Answer> => visitor.enter(visited(), secret);

/** What something in the session gets when it calls the network. */
async function callNetwork(path: string, content: object): Promise<unknown> {
  const url = `http://127.0.0.1:${portOf(sessionHost.calls)}${path}`;
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(content) });
  return { status: answer.status, ...((await answer.json()) as object) };
}

/** Opens a WebSocket, says something, and returns what comes back, after how it was opened. */
async function chat(headers: Record<string, string>): Promise<string> {
  const { socket, answer } = await visitor.openWindow(visited(), "/socket?a=1", headers);
  if (socket.destroyed) return answer;
  socket.write("hello");
  const [chunk] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return `${answer} ${chunk.toString()}`;
}

describe("the link between gate and session", () => {
  it("is refused to who does not have its key", async () => {
    await expect(connectLink({ ...link, key: linkKey("another text") }, "control")).rejects.toThrow();
  });
});

describe("a session of a studio", () => {
  let cookie: string;

  it("shows nothing, and runs nothing, until its developer opens it", async () => {
    expect(await browse("/")).toMatchObject({ status: 401, body: expect.stringContaining("baas studio open") });
    expect(await askGate(host, "state", developer)).toEqual({ state: { isOpen: false, windows: 0, isCalled: false } });
    expect(children).toEqual([]);
  });

  it.each([
    [
      "another client",
      () => client("bob"),
      '"bob" is not among the developers of this organization (ada), nor its administrator',
    ],
    [
      "who has the certificate, and not its key",
      async () => {
        const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
        return { ...(await client("ada")), privateKey: key };
      },
      "the signature is not of the certificate's key",
    ],
  ])("is refused to %s", async (_, who, reason) => {
    await expect(askGate(host, "link", { ...developer, ...(await who()) })).rejects.toThrow(
      `${host} refuses: ${reason}`,
    );
    expect(life.isOpen).toBe(false);
  });

  it("begins with a link, which signs in once", async () => {
    const { link: secret, state } = await askGate(host, "link", developer);
    expect(state).toMatchObject({ isOpen: true, windows: 0 });
    const [first, second] = [await enter(secret!), await enter(secret!)];
    expect([first.status, second.status]).toEqual([200, 403]);
    expect(first.headers["set-cookie"]).toEqual([
      expect.stringMatching(/^__Host-studio=[-\w]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    ]);
    cookie = visitor.cookieOf(first);
  });

  it("passes requests on as they are, but for its own cookie", async () => {
    // Behind a load balancer, browsers see another port.
    const headers = { host: `${host}:30443`, cookie: `theme=light; ${cookie}`, "X-Some": "thing" };
    const answer = await browse("/?folder=a", headers);
    expect(answer).toMatchObject({ status: 200, body: "the editor at /?folder=a" });
    expect(answer.headers["set-cookie"]).toEqual(["theme=dark"]);
    const { rawHeaders } = seen.at(-1)!;
    expect(rawHeaders).toEqual(
      expect.arrayContaining(["host", `${host}:30443`, "X-Some", "thing", "Cookie", "theme=light"]),
    );
    expect(rawHeaders.join()).not.toContain("__Host-studio");
  });

  it("passes WebSockets through, and counts them as windows", async () => {
    const origin = visitor.originOf(visited());
    expect(await chat({ cookie, origin })).toMatch(/^HTTP\/1.1 101 .* hello$/);
    expect(seen.at(-1)!.rawHeaders).toEqual(expect.arrayContaining(["origin", origin]));
    await vi.waitFor(() => expect(life.state.windows).toBe(0));
  });

  it("is no other session's: not by the connection's name, the request's, a page's or the cookie of another", async () => {
    const foreign = { cookie, origin: "https://studio-bob.example.com:30443" };
    expect(await browse("/", { cookie }, { sni: "studio-bob.example.com" })).toMatchObject({ status: 421 });
    expect(await browse("/", { cookie, host: "studio-bob.example.com:30443" })).toMatchObject({ status: 421 });
    expect(await browse("/", foreign, { method: "POST" })).toMatchObject({ status: 403 });
    expect(await browse("/x.js", { cookie, "sec-fetch-site": "same-site", "sec-fetch-dest": "script" })).toMatchObject({
      status: 403,
    });
    const frame = { cookie, "sec-fetch-site": "same-site", "sec-fetch-dest": "iframe" };
    expect(await browse("/", frame)).toMatchObject({ status: 403 });
    expect(await browse("/", { ...frame, "sec-fetch-dest": "document" })).toMatchObject({ status: 200 });
    expect(await browse("/", { cookie: `${cookie}x` })).toMatchObject({ status: 401 });
    expect(await chat(foreign)).toMatch(/^HTTP\/1.1 403 /);
    expect(await chat({ cookie })).toMatch(/^HTTP\/1.1 403 /);
    expect(await chat({ origin: visitor.originOf(visited()) })).toMatch(/^HTTP\/1.1 401 /);
  });

  it("has the debug peer call its contract", async () => {
    await vi.waitFor(() => expect(calls.areTaken).toBe(true), { timeout: 30_000 });
    expect(await peer.invoke("Write", "a", "hello")).toEqual({ status: 200, message: "", payload: "hello" });
    expect(peer.state.get("a")).toBe("hello");
  }, 60_000);

  it("is called again when its contract has started anew", async () => {
    children.at(0)!.kill("SIGKILL");
    await vi.waitFor(
      async () => expect(await peer.invoke("Write", "b", "again")).toMatchObject({ status: 200, payload: "again" }),
      { timeout: 30_000, interval: 100 },
    );
  }, 60_000);

  it("calls the network by its gate, without a way out of its own", async () => {
    const path = "/v1/channels/main/chaincodes/notes";
    const call = { function: "Read", arguments: ["a"], transient: { mark: "1" } };
    const answers = await Promise.all(Array.from({ length: 8 }, () => callNetwork(`${path}/evaluate`, call)));
    expect(answers).toEqual(Array<unknown>(8).fill({ status: 200, result: "Read a" }));
    expect(network.evaluate).toHaveBeenCalledWith("Read", ["a"], {
      channel: "main",
      chaincode: "notes",
      transient: { mark: "1" },
    });
    expect(await callNetwork(`${path}/submit`, call)).toEqual({
      ...{ status: 200, state: "committed", txID: "f00", blockNumber: "7", resultBase64: "/w==" },
    });
    network.submit.mockRejectedValueOnce(
      new ClientError({
        code: "ABORTED",
        stage: "commit status",
        reason: "it is invalid",
        remedy: "Try again.",
        txID: "f01",
      }),
    );
    expect(await callNetwork(`${path}/submit`, call)).toEqual({
      ...{ status: 502, code: "ABORTED", detail: "it is invalid. Try again.", txID: "f01" },
    });
  });

  it("is told when it ends, and answers its probes", async () => {
    const ends = await fetch(`http://127.0.0.1:${portOf(sessionHost.calls)}/v1/session`);
    expect(await ends.json()).toEqual({ until: life.state.until });
    const healthy = await fetch(`http://127.0.0.1:${portOf(sessionHost.health)}/`);
    expect([healthy.status, await healthy.text()]).toEqual([200, "OK\n"]);
  });

  it.each([
    ["/v1/channels/main/chaincodes/other/evaluate", 403, "this session calls notes on main, and nothing else"],
    ["/v1/blocks", 404, "there is no such call"],
    [
      "/v1/channels/main/chaincodes/notes/submit",
      400,
      "a call is an object with a function, its arguments and transient data",
    ],
  ])("calls nothing else: %s", async (path, status, detail) => {
    expect(await callNetwork(path, { function: 1 })).toEqual({ status, detail });
  });

  it("ends when it is closed, and lets nobody in then", async () => {
    expect(await askGate(host, "close", developer)).toMatchObject({ state: { isOpen: false } });
    expect(await browse("/", { cookie })).toMatchObject({ status: 401 });
    expect(calls.areTaken).toBe(false);
    await vi.waitFor(() => expect(wasEnded).toBe(true));
  });
});
