/** JSON-RPC over WebSockets: each message is judged as a request is, and subscriptions are told of events. */
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

import { type WebSocket, WebSocketServer } from "ws";

import type { Caller } from "../access/access";
import { badParameters, errorAnswer, type Id, noAnswer, resultAnswer, tooMuch } from "../filter/answers";
import type { Call } from "../filter/calls";
import type { Node } from "../nodes/nodes";
import type { NodeSocket } from "../nodes/nodeSocket";
import { nodeKeyOf, type Service } from "../service";
import { allowedOrigin } from "./requests";

/** Messages of one client that nodes are at work on; more wait. */
const mostAtWork = 32;

/** Bytes that a client may leave unread. */
const mostUnread = 8 * 1024 * 1024;

const beatInterval = 30_000;

/** The WebSockets of all clients. */
export class WebSockets {
  private readonly server: WebSocketServer;
  private readonly clients = new Set<Client>();
  private readonly beat: NodeJS.Timeout;

  constructor(private readonly service: Service) {
    this.server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    this.follow();
    this.beat = setInterval(() => this.clients.forEach((client) => client.beat()), beatInterval).unref();
  }

  get number(): number {
    return this.clients.size;
  }

  /** Takes a connection over from HTTP. Neither its path nor its headers go to a log: they may have a token. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer, address: string): void {
    const caller = this.service.access.callerOf(request, address);
    if ("status" in caller) return this.refuse(socket, address, caller.status, caller.message);
    // Browsers let any page open WebSockets, and say which page it is.
    if (request.headers.origin !== undefined && allowedOrigin(this.service, request) === undefined) {
      return this.refuse(
        socket,
        address,
        403,
        "the page may not call: gateway.origins of the stack file names those that may",
      );
    }
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      const client = new Client(webSocket, caller, request.headers.origin, this.service);
      this.clients.add(client);
      this.service.log.info("WebSocket opened", { client: caller.token, address });
      webSocket.on("close", (code) => {
        this.clients.delete(client);
        client.end();
        this.service.log.info("WebSocket closed", { client: caller.token, address, code });
      });
    });
  }

  /** Takes the service's rules, and closes those whose tokens do not count any more, or whose pages may not call. */
  follow(): void {
    this.server.options.maxPayload = this.service.rules.limits.bodyBytes;
    for (const client of this.clients) {
      if (!this.service.access.stillCounts(client.caller)) client.close(1008, "the token does not count any more");
      const { origin } = client;
      if (origin !== undefined && !this.service.origins.has(origin))
        client.close(1008, "the page may not call any more");
    }
  }

  /** Closes all: the pod ends, and clients come back to another one. */
  close(): void {
    clearInterval(this.beat);
    for (const client of this.clients) client.close(1012, "restarting");
    this.server.close();
  }

  private refuse(socket: Duplex, address: string, status: number, why: string): void {
    this.service.metrics.told(status);
    this.service.log.info("refused", { address, status, why, webSocket: true });
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
}

/** One client. */
class Client {
  private readonly subscriptions = new Set<string>();
  /** Where its subscriptions are. */
  private node: Node | undefined;
  private starting = 0;
  private atWork = 0;
  /** Messages that came in one piece with others, before the socket paused. */
  private readonly waiting: string[] = [];
  private isAlive = true;

  constructor(
    private readonly socket: WebSocket,
    readonly caller: Caller,
    /** The page that it was opened by, if by one. */
    readonly origin: string | undefined,
    private readonly service: Service,
  ) {
    socket.on("message", (data, isBinary) => this.read(String(data), isBinary));
    socket.on("pong", () => (this.isAlive = true));
    // The end follows.
    socket.on("error", () => undefined);
  }

  /** Asks whether it is there, and ends it when it was not since the last time. */
  beat(): void {
    if (!this.isAlive) return this.socket.terminate();
    this.isAlive = false;
    this.socket.ping();
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  /** Ends its subscriptions. */
  end(): void {
    for (const subscription of this.subscriptions) this.node!.socket.unsubscribe(subscription);
    this.subscriptions.clear();
  }

  /** Takes a call that was judged: eth_subscribe or eth_unsubscribe. */
  take({ id, method, params }: Call): void {
    if (method === "eth_unsubscribe") {
      const [subscription] = params;
      const isOwn = typeof subscription === "string" && this.subscriptions.delete(subscription);
      if (isOwn) this.node!.socket.unsubscribe(subscription);
      return this.send(
        isOwn ? resultAnswer(id, true) : errorAnswer(id, badParameters("there is no such subscription")),
      );
    }
    const most = this.service.rules.limits.subscriptions;
    if (this.subscriptions.size + this.starting >= most) {
      return this.send(errorAnswer(id, tooMuch(`a WebSocket has at most ${most} subscriptions`)));
    }
    if (this.subscriptions.size + this.starting === 0) this.node = this.service.nodes.of(nodeKeyOf(this.caller));
    if (this.node === undefined)
      return this.send(errorAnswer(id, noAnswer("no RPC node serves at the moment: try again")));
    this.subscribe(id, params, this.node.socket);
  }

  private subscribe(id: Id, params: readonly unknown[], node: NodeSocket): void {
    this.starting++;
    node.subscribe(params, {
      started: (subscription) => {
        this.starting--;
        if (this.socket.readyState !== this.socket.OPEN) return node.unsubscribe(subscription);
        this.subscriptions.add(subscription);
        this.send(resultAnswer(id, subscription));
      },
      refused: (error) => {
        this.starting--;
        this.send(errorAnswer(id, error));
      },
      event: (subscription, result) =>
        this.send(JSON.stringify({ jsonrpc: "2.0", method: "eth_subscription", params: { subscription, result } })),
      // Clients subscribe again when they come back, to another node.
      lost: () => this.close(1012, "the RPC node went away"),
    });
  }

  private read(text: string, isBinary: boolean): void {
    if (isBinary) return this.close(1003, "messages are text");
    this.waiting.push(text);
    this.goOn();
  }

  private goOn(): void {
    while (this.atWork < mostAtWork && this.waiting.length > 0) {
      void this.answer(this.waiting.shift()!).catch(() => this.close(1011, "it failed"));
    }
    if (this.atWork >= mostAtWork) this.socket.pause();
    else if (this.socket.isPaused) this.socket.resume();
  }

  private async answer(text: string): Promise<void> {
    // What came before its end is not answered after it.
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (!this.service.access.stillCounts(this.caller)) return this.close(1008, "the token does not count any more");
    this.atWork++;
    try {
      const { body } = await this.service.answer(text, this.caller, this);
      if (body !== undefined) this.send(body);
    } finally {
      this.atWork--;
      this.goOn();
    }
  }

  private send(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount > mostUnread) return this.socket.terminate();
    this.socket.send(text);
  }
}
