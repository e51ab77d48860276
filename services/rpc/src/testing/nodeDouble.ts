/** Stands in for an RPC node: answers every method with the name of the method, and remembers what it was sent. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { type WebSocket, WebSocketServer } from "ws";

import type { NodeSettings } from "../settings";

interface Call {
  id: unknown;
  method: string;
}

/** A node on this machine. */
export class NodeDouble {
  /** Bodies that it was sent, without those that ask for the latest block alone. */
  readonly bodies: string[] = [];
  /** Messages over WebSockets. */
  readonly messages: string[] = [];
  block = 1000;
  /** What it does instead of answering, if anything. */
  instead: ((response: ServerResponse, body: string) => void) | undefined;
  private readonly server: Server;
  private readonly sockets: WebSocketServer;
  private lastSubscription = 0;

  private constructor(readonly name: string) {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => this.answer(Buffer.concat(parts).toString(), response));
    });
    this.sockets = new WebSocketServer({ server: this.server });
    this.sockets.on("connection", (socket) => socket.on("message", (data) => this.read(String(data), socket)));
  }

  static async start(name = "rpc0"): Promise<NodeDouble> {
    const node = new NodeDouble(name);
    await new Promise<void>((resolve) => node.server.listen(0, "127.0.0.1", resolve));
    return node;
  }

  get settings(): NodeSettings {
    const address = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return { name: this.name, rpc: address, webSocket: address };
  }

  /** Calls that it was sent, whichever way. */
  get methods(): string[] {
    return [...this.bodies, ...this.messages]
      .flatMap((text) => [JSON.parse(text) as Call].flat())
      .map(({ method }) => method);
  }

  /** Tells whoever is connected of an event. */
  tell(subscription: string, result: unknown): void {
    const event = { jsonrpc: "2.0", method: "eth_subscription", params: { subscription, result } };
    for (const socket of this.sockets.clients) socket.send(JSON.stringify(event));
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets.clients) socket.terminate();
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(body: string, response: ServerResponse): void {
    const isLook = body.includes('"method":"eth_blockNumber"') && body.includes('"id":0');
    if (!isLook) this.bodies.push(body);
    if (!isLook && this.instead !== undefined) return this.instead(response, body);
    const calls = JSON.parse(body) as Call | Call[];
    const text = JSON.stringify(Array.isArray(calls) ? calls.map((call) => this.result(call)) : this.result(calls));
    response.writeHead(200, { "Content-Type": "application/json" }).end(text);
  }

  private read(text: string, socket: WebSocket): void {
    this.messages.push(text);
    const { id, method } = JSON.parse(text) as Call;
    const result = method === "eth_subscribe" ? `0x${(++this.lastSubscription).toString(16)}` : true;
    socket.send(JSON.stringify({ jsonrpc: "2.0", id, result }));
  }

  private result({ id, method }: Call): object {
    const result = method === "eth_blockNumber" ? `0x${this.block.toString(16)}` : method;
    return { jsonrpc: "2.0", id, result };
  }
}
