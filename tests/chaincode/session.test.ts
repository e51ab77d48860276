/**
 * A session of `baas chaincode debug` without Fabric: a double of a peer calls a real contract on this machine, through the relay and the
 * session, and the contract stands at a breakpoint meanwhile.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { certificateRequest } from "../../services/common/certificateRequest";
import { type OpenSession, openSession, type SessionTarget } from "../../services/common/chaincodeSession";
import { type Watching, watchProject } from "../../services/common/contract/changes";
import { ContractProcess } from "../../services/common/contract/contractProcess";
import { contractCommand, projectIn } from "../../services/common/contract/project";
import { newPrivateKey, parsePrivateKey } from "../../services/common/keys";
import { jsonLog } from "../../services/common/log";
import { freePort } from "../../services/common/testing/freePort";
import { TestCa } from "../../services/common/testing/testCa";
import { Relay } from "../../services/debug-relay/src/relay";
import { InspectedProcess } from "../cluster/inspectedProcess";
import { PeerDouble } from "./peerDouble";

const server = "ledger-1-0-org1";
const host = "relay.org1.example.com";
const folder = mkdtempSync(join(tmpdir(), "baas-session-"));
const contractFile = join(folder, "notes.js");
const contractText = `
const { Contract } = require("fabric-contract-api");
class Notes extends Contract {
  async Write(ctx, key, text) {
    const value = text.toUpperCase();
    await ctx.stub.putState(key, Buffer.from(value));
    return value;
  }
}
exports.contracts = [Notes];
`;
let signing: TestCa;
let tls: TestCa;
let relay: Relay;
let peer: PeerDouble;
let target: SessionTarget;
let contract: ContractProcess;
let watching: Watching;
let session: OpenSession;
let debugPort: number;

/** Certificate and key of a client of an organization. */
async function client(ca: TestCa, name: string, type = "client") {
  const key = newPrivateKey();
  const certificate = await ca.sign(await certificateRequest(parsePrivateKey(key)!, name, []), type);
  return { certificate, privateKey: key };
}

const portOf = (listening: { address(): unknown }): number => (listening.address() as AddressInfo).port;

beforeAll(async () => {
  [signing, tls] = await Promise.all([TestCa.make("ca"), TestCa.make("tlsca")]);
  const key = newPrivateKey();
  const cert = await tls.issue(parsePrivateKey(key)!, "debug", [server, host]);
  relay = new Relay({
    tls: { cert, key },
    signingRoot: signing.pem,
    tlsRoot: tls.pem,
    servers: [server],
    developers: ["ada"],
    addressOf: () => "127.0.0.1:1",
    log: jsonLog("error"),
    liveness: { interval: 100, timeout: 20_000 },
  });
  for (const each of [relay.server, relay.sessions.server]) await once(each.listen(0, "127.0.0.1"), "listening");
  peer = new PeerDouble({ name: server, port: portOf(relay.server), root: tls.pem });
  const port = portOf(relay.sessions.server);
  target = { address: "127.0.0.1", port, host, tlsRoot: tls.pem, server, ...(await client(signing, "ada")) };

  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "notes", version: "1.0.0", main: "notes.js" }));
  writeFileSync(contractFile, contractText);
  symlinkSync(join(__dirname, "../../node_modules"), join(folder, "node_modules"));
  debugPort = await freePort();
  const contractPort = await freePort();
  const settings = { packageId: "notes_1.0:abcdef", port: contractPort, debugPort };
  const command = contractCommand(projectIn(folder), settings);
  contract = new ContractProcess(command, contractPort, () => undefined);
});

afterAll(async () => {
  session?.close();
  watching?.stop();
  await contract?.stop();
  peer?.close();
  relay?.close();
  rmSync(folder, { recursive: true });
});

describe("a session", () => {
  it("is needed: without one, the peer is told that the server does not answer", async () => {
    expect(await peer.invoke("Write", "a", "hello")).toMatchObject({
      message: expect.stringContaining("connect ECONNREFUSED"),
    });
  });

  it.each([
    [
      "a client that is no developer",
      () => client(signing, "bob"),
      '"bob" is not among the developers of this organization (ada), nor its administrator',
    ],
    [
      "a developer's name with the role of a peer",
      () => client(signing, "ada", "peer"),
      '"ada" is not among the developers of this organization (ada), nor its administrator',
    ],
    [
      "a certificate of another organization",
      async () => client(await TestCa.make("ca"), "ada"),
      "the certificate is not of this organization's CA",
    ],
    [
      "nobody",
      () => Promise.resolve({ certificate: "", privateKey: "" }),
      "show the certificate of an enrolled client of this organization",
    ],
  ])("refuses %s", async (_, who, reason) => {
    const { certificate, privateKey } = await who();
    const caller = certificate === "" ? { certificate: undefined, privateKey: undefined } : { certificate, privateKey };
    const opening = openSession({ ...target, ...caller } as SessionTarget, () => undefined);
    await expect(opening).rejects.toThrow(`the relay refuses the session: ${reason}`);
  });

  it("refuses a chaincode that the organization has not", async () => {
    const opening = openSession({ ...target, server: "other-1-0-org1" }, () => undefined);
    await expect(opening).rejects.toThrow(
      `the relay refuses the session: there is no chaincode server "other-1-0-org1" here; there are: ${server}`,
    );
  });

  it("has the peer call the contract on this machine, with TLS, from the first call on", async () => {
    session = await openSession(target, contract.answer, 1500);
    watching = watchProject(
      projectIn(folder),
      () => void contract.restart(),
      () => undefined,
    );
    expect(await peer.invoke("Write", "a", "hello")).toEqual({ status: 200, message: "", payload: "HELLO" });
    expect(peer.packageId).toBe("notes_1.0:abcdef");
    expect(peer.state.get("a")).toBe("HELLO");
  });

  it("refuses another developer while it is open", async () => {
    const administrator = await client(signing, "admin", "admin");
    await expect(openSession({ ...target, ...administrator }, () => undefined)).rejects.toThrow(
      new RegExp(`the relay refuses the session: ada has a session for ${server} since \\d{4}-`),
    );
  });

  it("keeps the peer's stream while the contract stands at a breakpoint, for longer than the peer's pings wait", async () => {
    const editor = await InspectedProcess.attach(debugPort);
    await editor.breakAt(
      "notes.js",
      contractText.split("\n").findIndex((line) => line.includes("putState")),
    );
    const before = peer.streams;
    const answer = peer.invoke("Write", "b", "held");
    await editor.standing();
    expect(await editor.read("`${key}: ${value}`")).toBe("b: HELD");
    // Ten pings of the peer, each of which it would give up after the third part of this.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await editor.resume();
    expect(await answer).toMatchObject({ status: 200, payload: "HELD" });
    await editor.call("Debugger.disable");
    editor.close();
    expect(await peer.invoke("Write", "c", "after")).toMatchObject({ status: 200, payload: "AFTER" });
    expect(peer.streams).toBe(before);
  });

  it("runs a changed file at a later call, by another stream", async () => {
    writeFileSync(contractFile, contractText.replace("text.toUpperCase()", "`${text}!`"));
    await vi.waitFor(async () => expect(await peer.invoke("Write", "d", "new")).toMatchObject({ payload: "new!" }), {
      timeout: 30_000,
      interval: 50,
    });
    expect(peer.state.get("d")).toBe("new!");
  });

  it("is over when the developer's machine ends it", async () => {
    session.close();
    await vi.waitFor(async () => expect((await peer.invoke("Write", "e", "x")).message).toContain("ECONNREFUSED"), {
      timeout: 30_000,
      interval: 50,
    });
  });
});
