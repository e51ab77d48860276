/** The session program of a studio with a real contract: a double of a debug peer calls it, and the editor's requests are answered. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { freePort } from "../../services/common/testing/freePort";
import { TestCa } from "../../services/common/testing/testCa";
import { SessionClient } from "../../services/studio/extension/src/sessionClient";
import type { CallOutcome, ContractDescription } from "../../services/studio/src/session/protocol";
import { type RunningSession, startSession } from "../../services/studio/src/session/session";
import { PeerDouble } from "../chaincode/peerDouble";
import { InspectedProcess } from "../cluster/inspectedProcess";
import { ApiDouble } from "./apiDouble";

const folder = mkdtempSync(join(tmpdir(), "baas-studio-"));
const project = join(folder, "project");
const own = join(folder, "own");
const repository = join(folder, "repository.git");
const contractText = `
const { Contract } = require("fabric-contract-api");
class Notes extends Contract {
  async Write(ctx, key, text) {
    const before = await ctx.stub.getState(key);
    const value = text.toUpperCase();
    await ctx.stub.putState(key, Buffer.from(value));
    ctx.stub.setEvent("Written", Buffer.from(key));
    return before.toString() + ">" + value;
  }
  async Remove(ctx, key) {
    await ctx.stub.deleteState(key);
  }
  async Secrets(ctx) {
    return JSON.stringify([...ctx.stub.getTransient().keys()]);
  }
  async List(ctx, from, to) {
    const keys = [];
    for await (const { key } of ctx.stub.getStateByRange(from, to)) keys.push(key);
    return keys.join();
  }
  async Fail(ctx) {
    console.log("about to fail");
    throw new Error("never");
  }
}
// That of the library needs a function that its class-transformer has not.
class Plain {
  toBuffer(result) {
    return Buffer.from(typeof result === "string" ? result : (JSON.stringify(result) ?? ""));
  }
  fromBuffer(data) {
    return { value: data.toString(), jsonValue: data.toString() };
  }
}
exports.serializers = { transaction: "plain", serializers: { plain: Plain } };
exports.contracts = [Notes];
`;
const stackFile = `config:
  baas:network:
    environment: local # of this machine
    chaincodes:
      - { name: other, channel: main, version: "1.0" }
      - name: notes
        channel: main
        source: chaincode/notes
        version: "1.0" # the first one
    gateway: { port: 30443 }
`;
let session: RunningSession;
let peer: PeerDouble;
let api: ApiDouble;
let token: string;
let debugPort: number;

beforeAll(async () => {
  mkdirSync(project);
  const scripts = { test: `node -e "console.log('2 tests passed')"` };
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "notes", version: "1.0.0", main: "notes.js", scripts }),
  );
  writeFileSync(join(project, "notes.js"), contractText);
  symlinkSync(join(__dirname, "../../node_modules"), join(project, "node_modules"));
  const tokenFile = join(folder, "api-token");
  writeFileSync(tokenFile, "a-token\n");
  const ports = { chaincode: await freePort(), contract: await freePort(), session: 0, debugger: await freePort() };
  debugPort = ports.debugger;
  const caller = (await TestCa.make("ca")).pem;
  peer = new PeerDouble({ name: "notes-1-0-org1", port: ports.chaincode, caller });
  api = await ApiDouble.start(peer);
  session = await startSession({
    settings: {
      ...{ network: "dev", channel: "main", chaincode: "notes", version: "1.0", source: "chaincode/notes" },
      stackFile: { path: "stacks/Pulumi.dev.yaml", content: stackFile },
      remote: { url: repository, base: "main" },
      api: {
        ...{ url: api.url, tokenFile, organizations: ["Org1MSP", "Org2MSP"] },
        identities: [
          { name: "api@debug", mspId: "Org1MSP", callsHere: true },
          { name: "api", mspId: "Org1MSP", callsHere: false },
        ],
      },
    },
    ...{ project, packageId: "notes_1.0:abcdef", folder: own, ports },
  });
  token = readFileSync(join(own, "token"), "utf8");
});

afterAll(async () => {
  await session?.stop();
  peer?.close();
  api?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Asks as the extension does. */
async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<any> {
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const options = { method, port: session.port, path, headers: { "x-studio-token": token, ...headers } };
    const request = requestHttp({ host: "127.0.0.1", ...options }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => (text += part));
      answer.on("end", () => resolve({ status: answer.statusCode!, text }));
    });
    request.on("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
  const content = JSON.parse(text);
  return status === 200 ? content : { status, ...content };
}

const call = (kind: string, name: string, args: string[] = [], more: object = {}): Promise<CallOutcome> =>
  ask("POST", "/calls", { kind, function: name, arguments: args, ...more });

describe("what the contract is", () => {
  it("is told by the contract itself, without a peer", async () => {
    await vi.waitFor(async () => expect(await ask("GET", "/contract")).not.toHaveProperty("problem"), {
      timeout: 60_000,
    });
    const { functions }: ContractDescription = await ask("GET", "/contract");
    expect(functions.map(({ name }) => name)).toEqual(["Write", "Remove", "Secrets", "List", "Fail"]);
    expect(peer.streams).toBe(0);
  });

  it("comes with what may be called, and as whom", async () => {
    expect(await ask("GET", "/session")).toMatchObject({
      ...{ network: "dev", channel: "main", chaincode: "notes", version: "1.0" },
      identities: [{ name: "api@debug", callsHere: true }, { name: "api" }],
      ...{ organizations: ["Org1MSP", "Org2MSP"], hasStackFile: true, hasRemote: true },
    });
  });
});

describe("a call", () => {
  it("answers with what it read and wrote, its event, and its transaction", async () => {
    peer.state.set("a", "before");
    const outcome = await call("submit", "Write", ["a", "hello"], { identity: "api@debug", organization: "Org1MSP" });
    const { record, milliseconds: _, ...rest } = outcome;
    expect(rest).toEqual({
      ...{ succeeded: true, result: { text: "before>HELLO" }, txID: "tx1", blockNumber: "7", validationCode: "VALID" },
    });
    expect(record).toEqual({
      ...{ txID: "tx1", queries: [], calledChaincodes: [] },
      reads: [{ key: "a", what: "state", value: { text: "before" } }],
      writes: [{ key: "a", what: "state", value: { text: "HELLO" } }],
      event: { name: "Written", payload: { text: "a" } },
    });
    expect(peer.packageId).toBe("notes_1.0:abcdef");
    expect(api.calls.at(-1)).toMatchObject({
      ...{ kind: "submit", authorization: "Bearer a-token", function: "Write", arguments: ["a", "hello"] },
      ...{ identity: "api@debug", endorsingOrganizations: ["Org1MSP"] },
    });
  });

  it("gives the contract the transient data of the form, and not the session's mark", async () => {
    const { result } = await call("evaluate", "Secrets", [], { transient: { price: "7" } });
    expect(result).toEqual({ text: '["price"]' });
  });

  it("tells which keys a range has found", async () => {
    peer.state.set("b", "1");
    const { record, result } = await call("evaluate", "List", ["a", "z"]);
    expect(result).toEqual({ text: "a,b" });
    expect(record!.queries).toEqual([{ what: "range", of: "a to z", keys: ["a", "b"] }]);
  });

  it("that the contract refuses says why, and so does one that is not valid", async () => {
    expect(await call("evaluate", "Fail")).toMatchObject({ succeeded: false, error: expect.stringContaining("never") });
    api.failure = {
      status: 409,
      body: { code: "INVALID", detail: "not valid: MVCC_READ_CONFLICT", validationCode: "MVCC_READ_CONFLICT" },
    };
    expect(await call("submit", "Write", ["b", "x"])).toMatchObject({
      ...{ succeeded: false, error: "not valid: MVCC_READ_CONFLICT", validationCode: "MVCC_READ_CONFLICT" },
      record: { writes: [{ key: "b" }] },
    });
    api.failure = undefined;
  });

  it("of somebody else is in the log", async () => {
    await peer.invoke("Write", "c", "x");
    expect(await logged(/^session: call tx\d+: 1 reads, 1 writes$/)).toBe(true);
  });
});

describe("the world state", () => {
  it("is read from the peer, in pages", async () => {
    for (const key of ["k1", "k2", "k3"]) peer.state.set(key, `value of ${key}`);
    const first = await ask("GET", "/state?prefix=k&pageSize=2");
    expect(first).toEqual({
      entries: ["k1", "k2"].map((key) => ({ key, value: { text: `value of ${key}` } })),
      bookmark: "k3",
    });
    expect(await ask("GET", "/state?prefix=k&pageSize=2&bookmark=k3")).toEqual({
      entries: [{ key: "k3", value: { text: "value of k3" } }],
    });
    expect(api.calls.at(-1)).toMatchObject({ kind: "evaluate", identity: "api@debug" });
  });

  it("has its history, newest first", async () => {
    await call("submit", "Write", ["h", "one"]);
    await call("submit", "Remove", ["h"]);
    const { entries, isCut } = await ask("GET", "/state/history?key=h");
    expect(entries.map(({ value }: any) => value)).toEqual([undefined, { text: "ONE" }]);
    expect(isCut).toBe(false);
  });

  it("is asked for by the session alone: a call with the same name goes to the contract", async () => {
    expect((await peer.invokeWith({}, "studio:Question")).status).not.toBe(200);
  });
});

describe("a contract that changes or stands still", () => {
  it("runs anew on the same stream of the peer", async () => {
    const streams = peer.streams;
    writeFileSync(join(project, "notes.js"), contractText.replace("toUpperCase", "toLowerCase"));
    await vi.waitFor(
      async () =>
        expect((await call("evaluate", "Write", ["n", "Xy"])).record?.writes[0]?.value).toEqual({ text: "xy" }),
      {
        timeout: 60_000,
      },
    );
    expect(peer.streams).toBe(streams);
  });

  it("answers from a breakpoint when it goes on, and the peer's stream lives meanwhile", async () => {
    const streams = peer.streams;
    const editor = await InspectedProcess.attach(debugPort);
    const line = contractText.split("\n").findIndex((each) => each.includes("const before"));
    await editor.breakAt("notes.js", line);
    const answer = call("submit", "Write", ["p", "held"]);
    await editor.standing();
    expect(await editor.read("text")).toBe("held");
    // The session program itself goes on.
    expect((await ask("GET", "/state?prefix=k")).entries).toHaveLength(3);
    await editor.call("Debugger.disable");
    await editor.resume().catch(() => undefined);
    expect((await answer).record!.writes).toMatchObject([{ key: "p" }]);
    expect(peer.streams).toBe(streams);
    editor.close();
  });
});

describe("logs and tests", () => {
  it("show what the contract writes", async () => {
    expect(await logged(/^contract: about to fail$/)).toBe(true);
  });

  it("of the project run and tell their end", async () => {
    const outcome = await ask("POST", "/tests");
    expect(outcome).toMatchObject({ passed: true, command: "npm test" });
    expect(outcome.output).toContain("2 tests passed");
  });
});

describe("the next version", () => {
  const git = (...args: string[]): string => execFileSync("git", args, { encoding: "utf8" });
  const work = join(folder, "work");

  beforeAll(() => {
    git("init", "--quiet", "--bare", "--initial-branch=main", repository);
    git("init", "--quiet", "--initial-branch=main", work);
    for (const each of ["stacks", "chaincode/notes"]) mkdirSync(join(work, each), { recursive: true });
    writeFileSync(join(work, "stacks/Pulumi.dev.yaml"), stackFile);
    writeFileSync(join(work, "chaincode/notes/notes.js"), contractText);
    writeFileSync(join(work, "chaincode/notes/package.json"), readFileSync(join(project, "package.json")));
    git("-C", work, "add", ".");
    git("-C", work, "-c", "user.name=ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", "First");
    git("-C", work, "push", "--quiet", repository, "main");
  });

  it("is a patch of sources and stack file, which applies to the repository", async () => {
    writeFileSync(join(project, "new.js"), "// Ünicode\n");
    const { patch, files, next } = await ask("GET", "/patch?version=1.1");
    expect(files).toEqual(["chaincode/notes/new.js", "chaincode/notes/notes.js", "stacks/Pulumi.dev.yaml"]);
    expect(next).toEqual([
      "git switch --create studio/notes-1.1",
      "git apply --index studio-notes-1.1.patch",
      "./baas diff dev",
      "./baas preview dev",
    ]);
    writeFileSync(join(folder, "it.patch"), patch);
    git("-C", work, "apply", "--index", join(folder, "it.patch"));
    expect(readFileSync(join(work, "stacks/Pulumi.dev.yaml"), "utf8")).toBe(
      stackFile.replace('version: "1.0" # the', 'version: "1.1" # the'),
    );
    expect(readFileSync(join(work, "chaincode/notes/notes.js"), "utf8")).toContain("toLowerCase");
  });

  it("is pushed as a branch onto what the repository has by then", async () => {
    git("-C", work, "reset", "--quiet", "--hard");
    writeFileSync(join(work, "README.md"), "meanwhile\n");
    git("-C", work, "add", ".");
    git("-C", work, "-c", "user.name=bob", "-c", "user.email=bob@example.com", "commit", "--quiet", "-m", "Second");
    git("-C", work, "push", "--quiet", repository, "main");
    const pushed = await ask("POST", "/branches", { version: "1.1", author: "ada" });
    expect(pushed).toMatchObject({ branch: "studio/notes-1.1", remote: repository });
    const changed = git("-C", repository, "diff", "--name-only", "main", "studio/notes-1.1").trim().split("\n");
    expect(changed).toEqual(["chaincode/notes/new.js", "chaincode/notes/notes.js", "stacks/Pulumi.dev.yaml"]);
    expect(git("-C", repository, "log", "--format=%an %s", "-1", "studio/notes-1.1").trim()).toBe(
      "ada Change notes to version 1.1",
    );
  });

  it.each([
    ["1.0", "version 1.0 is deployed: choose another one"],
    ["../x", '"../x" is no version: use letters, digits and . _ + -, 40 at most'],
  ])("is refused as %s", async (version, error) => {
    expect(await ask("GET", `/patch?version=${encodeURIComponent(version)}`)).toEqual({ status: 400, error });
  });
});

describe("who asks", () => {
  it.each([
    [
      "without the token",
      { "x-studio-token": "" },
      "the header x-studio-token does not have the token of this session",
    ],
    ["by another name", { host: "evil.example.com" }, "the session is asked at 127.0.0.1 only"],
  ])("%s is refused", async (_, headers, error) => {
    expect(await ask("GET", "/session", undefined, headers as Record<string, string>)).toEqual({ status: 403, error });
  });

  it("for something else is told so", async () => {
    expect(await ask("GET", "/keys")).toEqual({ status: 404, error: "there is no GET /keys" });
    expect(await ask("POST", "/calls", { kind: "commit" })).toMatchObject({ status: 400 });
  });
});

/** Waits for a line of the log, as the extension follows it. */
function logged(wanted: RegExp): Promise<boolean> {
  const client = new SessionClient({ port: session.port, tokenFile: join(own, "token") });
  return new Promise((resolve) => {
    const stop = client.follow(({ source, text }) => {
      if (!wanted.test(`${source}: ${text}`)) return;
      resolve(true);
      setImmediate(() => stop());
    });
  });
}
