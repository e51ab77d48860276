/** A filter in the test's own process, with doubles of nodes behind it, and clients of it. */
import { createHash } from "node:crypto";

import { WebSocket } from "ws";

import { usualMethods } from "../../../../model/contracts/jsonRpc";
import { jsonLog } from "../../../common/log";
import { type RpcServer, startServer } from "../rpcServer";
import { parseSettings, type Settings, type SettingsInput } from "../settings";
import { NodeDouble } from "./nodeDouble";

/** A token that tests let in as `wallets`. */
export const token = "wallets-0123456789abcdef0123456789abcdef";
/** The setting for it. */
export const tokens = [{ name: "wallets", sha256: createHash("sha256").update(token).digest("hex") }];

const limits = { bodyBytes: 10_000, batch: 5, logBlocks: 100, subscriptions: 2, callsPerSecond: 10_000 };

/** What a test changes of the settings. */
export type Changes = Omit<Partial<SettingsInput>, "limits"> & { limits?: Partial<typeof limits> };

/** A running filter. */
export class TestServer {
  readonly lines: string[] = [];
  private readonly webSockets: WebSocket[] = [];
  private server!: RpcServer;
  private settings!: Settings;

  private constructor(readonly nodes: NodeDouble[]) {}

  static async start(changes: Changes = {}, nodes?: NodeDouble[]): Promise<TestServer> {
    const test = new TestServer(nodes ?? [await NodeDouble.start()]);
    test.settings = parseSettings(test.settingsWith(changes));
    test.server = await startServer(
      test.settings,
      jsonLog("debug", (line) => void test.lines.push(line)),
    );
    return test;
  }

  /** The first node. */
  get node(): NodeDouble {
    return this.nodes[0]!;
  }

  get port(): number {
    return this.server.port;
  }

  get metricsPort(): number {
    return this.server.metricsPort;
  }

  /** Has it follow other settings. */
  follow(changes: Changes): void {
    this.server.follow(parseSettings(this.settingsWith(changes)));
  }

  /** Sends a body; a value becomes JSON. */
  async post(body: unknown, { path = "/", headers = {} }: { path?: string; headers?: Record<string, string> } = {}) {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** Opens a WebSocket. */
  async open(path = "/", headers: Record<string, string> = {}): Promise<TestSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}${path}`, { headers });
    this.webSockets.push(socket);
    const opened = new TestSocket(socket);
    await opened.ready;
    return opened;
  }

  async stop(): Promise<void> {
    for (const socket of this.webSockets) socket.terminate();
    await this.server.stop();
    for (const node of this.nodes) await node.stop();
  }

  private settingsWith({ limits: others, ...changes }: Changes): SettingsInput {
    return {
      ...{ port: 0, metricsPort: 0, healthPort: 0, nodes: this.nodes.map(({ settings }) => settings) },
      ...{ methods: [...usualMethods], limits: { ...limits, ...others }, ...changes },
    };
  }
}

/** A WebSocket of a client. */
export class TestSocket {
  /** What it was sent. */
  readonly received: any[] = [];
  /** Code and reason of its end. */
  closed: [code: number, reason: string] | undefined;
  /** Fails with the status where there is no WebSocket. */
  readonly ready: Promise<void>;

  constructor(readonly socket: WebSocket) {
    socket.on("message", (data) => this.received.push(JSON.parse(String(data))));
    socket.on("close", (code, reason) => (this.closed = [code, String(reason)]));
    this.ready = new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("unexpected-response", (_request, { statusCode }) => reject(new Error(`status ${statusCode}`)));
      socket.on("error", reject);
    });
  }

  /** Sends a message; returns the answer that comes next. */
  async ask(message: unknown): Promise<any> {
    const answer = new Promise((resolve) => this.socket.once("message", (data) => resolve(JSON.parse(String(data)))));
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
    return answer;
  }
}

/** A call. */
export const call = (method: string, params: unknown[] = [], id: unknown = 1) => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});
