/** A contract in Go under Delve: it stands at a breakpoint while a double of a peer waits, and goes on. */
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { tryRun } from "../../local-cluster/run";
import { certificateRequest } from "../../services/common/certificateRequest";
import { type OpenSession, openSession } from "../../services/common/chaincodeSession";
import { type Watching, watchProject } from "../../services/common/contract/changes";
import { ContractProcess } from "../../services/common/contract/contractProcess";
import { contractCommand, projectIn } from "../../services/common/contract/project";
import { newPrivateKey, parsePrivateKey } from "../../services/common/keys";
import { jsonLog } from "../../services/common/log";
import { freePort } from "../../services/common/testing/freePort";
import { TestCa } from "../../services/common/testing/testCa";
import { Relay } from "../../services/debug-relay/src/relay";
import { PeerDouble } from "./peerDouble";

const server = "notes-1-0-org1";
const folder = mkdtempSync(join(tmpdir(), "baas-delve-"));
let skipReason: string | undefined;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  cpSync(join(__dirname, "testdata/go"), folder, { recursive: true });
  const delve = await tryRun("dlv", ["version"]).catch(() => undefined);
  if (delve?.code !== 0) skipReason = "dlv is not in the PATH";
  else if ((await tryRun("go", ["mod", "download"], { cwd: folder })).code !== 0)
    skipReason = "Go's modules cannot be had";
});

afterAll(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

it("stands at a breakpoint and goes on, and the call is answered", async (ctx) => {
  if (skipReason !== undefined) return ctx.skip(skipReason);
  const { peer, session, debugPort } = await started();
  closing.push(() => session.close());
  expect(await peer.invoke("Write")).toMatchObject({ status: 200, payload: "TX1" });

  const delve = await Delve.attach(debugPort);
  await delve.call("Command", { name: "halt" });
  await delve.call("CreateBreakpoint", { Breakpoint: { functionName: "main.answerTo" } });
  const stopped = delve.call("Command", { name: "continue" });
  const answer = peer.invoke("Write");
  expect((await stopped).State.currentThread.function.name).toBe("main.answerTo");
  const { Variable } = await delve.call("Eval", { Scope: { GoroutineID: -1, Frame: 0 }, Expr: "txID" });
  expect(Variable.value).toBe("tx2");
  void delve.call("Command", { name: "continue" }).catch(() => undefined);
  expect(await answer).toMatchObject({ status: 200, payload: "TX2" });
  expect(peer.streams).toBe(1);
  delve.close();
});

/** A session with the contract running under Delve. */
async function started(): Promise<{ peer: PeerDouble; session: OpenSession; debugPort: number }> {
  const [signing, tls] = await Promise.all([TestCa.make("ca"), TestCa.make("tlsca")]);
  const key = newPrivateKey();
  const relay = new Relay({
    tls: { cert: await tls.issue(parsePrivateKey(key)!, "debug", [server]), key },
    signingRoot: signing.pem,
    tlsRoot: tls.pem,
    servers: [server],
    developers: ["ada"],
    addressOf: () => "127.0.0.1:1",
    log: jsonLog("error"),
  });
  closing.push(() => relay.close());
  for (const each of [relay.server, relay.sessions.server]) await once(each.listen(0, "127.0.0.1"), "listening");
  const portOf = (listening: { address(): unknown }): number => (listening.address() as AddressInfo).port;
  const peer = new PeerDouble({ name: server, port: portOf(relay.server), root: tls.pem });
  closing.push(() => peer.close());
  const [port, debugPort] = [await freePort(), await freePort()];
  const project = projectIn(folder);
  const command = contractCommand(project, { packageId: "notes_1.0:abcdef", port, debugPort });
  const contract = new ContractProcess(command, port, () => undefined);
  closing.push(() => contract.stop());
  const runs = new Promise<Watching>((resolve) => {
    const watching = watchProject(project, () => void contract.restart().then(() => resolve(watching)), console.error);
  });
  const watching = await runs;
  closing.push(() => watching.stop());
  await contract.listening();
  const own = newPrivateKey();
  const certificate = await signing.sign(await certificateRequest(parsePrivateKey(own)!, "ada", []), "client");
  const session = await openSession(
    {
      ...{ address: "127.0.0.1", port: portOf(relay.sessions.server), host: server, tlsRoot: tls.pem },
      ...{ certificate, privateKey: own, server },
    },
    contract.answer,
  );
  return { peer, session, debugPort };
}

/** Delve's own protocol, version 2, as editors speak it. */
class Delve {
  private last = 0;
  private readonly answers = new Map<number, (answer: any) => void>();

  private constructor(private readonly socket: Socket) {
    createInterface({ input: socket }).on("line", (line) => {
      const answer = JSON.parse(line);
      this.answers.get(answer.id)?.(answer);
    });
  }

  static async attach(port: number): Promise<Delve> {
    const socket = await vi.waitFor(
      async () => {
        const trying = connect(port, "127.0.0.1");
        await once(trying, "connect");
        return trying;
      },
      { timeout: 30_000, interval: 100 },
    );
    const delve = new Delve(socket);
    await delve.call("SetApiVersion", { APIVersion: 2 });
    return delve;
  }

  call(method: string, params: object): Promise<any> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.answers.set(id, ({ result, error }) => (error ? reject(new Error(String(error))) : resolve(result)));
      this.socket.write(`${JSON.stringify({ id, method: `RPCServer.${method}`, params: [params] })}\n`);
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
