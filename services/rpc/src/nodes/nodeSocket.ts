/** The one WebSocket to a node, over which all subscriptions of this pod come. */
import { WebSocket } from "ws";

import { noAnswer, type RpcError } from "../filter/answers";

/** Who is told of a subscription. Nothing waits between its beginning and its events, so that none comes first. */
export interface Subscriber {
  started(subscription: string): void;
  refused(error: RpcError): void;
  event(subscription: string, result: unknown): void;
  /** The node is gone, and the subscription with it. */
  lost(): void;
}

/** A connection that is made when somebody subscribes. */
export class NodeSocket {
  private socket: WebSocket | undefined;
  private readonly asked = new Map<number, Subscriber>();
  private readonly subscribers = new Map<string, Subscriber>();
  private lastId = 0;

  /** @param address - host and port */
  constructor(private readonly address: string) {}

  /** @param params - of eth_subscribe */
  subscribe(params: readonly unknown[], subscriber: Subscriber): void {
    const id = ++this.lastId;
    this.asked.set(id, subscriber);
    this.send({ jsonrpc: "2.0", id, method: "eth_subscribe", params });
  }

  unsubscribe(subscription: string): void {
    if (!this.subscribers.delete(subscription)) return;
    this.send({ jsonrpc: "2.0", id: ++this.lastId, method: "eth_unsubscribe", params: [subscription] });
  }

  close(): void {
    this.socket?.terminate();
  }

  private send(call: object): void {
    const socket = (this.socket ??= this.connect());
    const text = JSON.stringify(call);
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
    else socket.once("open", () => socket.send(text));
  }

  private connect(): WebSocket {
    const options = { perMessageDeflate: false, maxPayload: 16 * 1024 * 1024, handshakeTimeout: 5000 };
    const socket = new WebSocket(`ws://${this.address}`, options);
    socket.on("message", (data) => this.read(String(data)));
    // The end follows.
    socket.on("error", () => undefined);
    const beat = setInterval(() => socket.readyState === WebSocket.OPEN && socket.ping(), 20_000).unref();
    socket.on("close", () => {
      clearInterval(beat);
      this.socket = undefined;
      const gone = new Set(this.subscribers.values());
      const unanswered = [...this.asked.values()];
      this.subscribers.clear();
      this.asked.clear();
      for (const subscriber of unanswered) subscriber.refused(noAnswer("the node went away: try again"));
      for (const subscriber of gone) subscriber.lost();
    });
    return socket;
  }

  private read(text: string): void {
    const { id, result, error, method, params } = parsed(text);
    if (method === "eth_subscription") {
      this.subscribers.get(params?.subscription)?.event(params.subscription, params.result);
      return;
    }
    const subscriber = this.asked.get(id);
    if (subscriber === undefined) return;
    this.asked.delete(id);
    if (typeof result !== "string") return subscriber.refused(error ?? noAnswer("the node refuses"));
    this.subscribers.set(result, subscriber);
    subscriber.started(result);
  }
}

function parsed(text: string): any {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
