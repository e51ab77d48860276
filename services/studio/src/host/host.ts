/** The host of a session: it does what the gate says, and hands the gate's connections to the editor and the contract. */
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import { connect, createServer as createTcpServer, type Server as TcpServer, type Socket } from "node:net";
import type { Server } from "node:tls";

import type { studioPorts } from "../../../../model/contracts/studio";
import type { Log } from "../../../common/log";
import { linkServer } from "../../../common/studioLink";
import { keepRunning, type Program } from "./programs";
import { joined, Waiting } from "./waiting";

/** Arguments of {@link Host}. */
export interface HostArgs {
  /** Key of the link. */
  key: () => Buffer;
  programs: readonly Program[];
  ports: Pick<typeof studioPorts, "editor" | "chaincode">;
  /** Ends all that runs in the container. */
  end: () => void;
  /** How much longer than its longest life a session lives where the gate does not end it, in milliseconds. */
  delay?: number;
  log: Log;
}

/** How long a connection waits for a program that has just been started, or is being started anew, in milliseconds. */
const patience = 30_000;

/** Takes the gate's connections. Until the gate says so, nothing runs. */
export class Host {
  /** For the gate. */
  readonly server: Server;
  /** For what calls the network, on the loopback. */
  readonly calls: TcpServer;
  /** For probes: they are to know that this program runs. */
  readonly health: HttpServer;
  private readonly control: HttpServer;
  private readonly waiting = new Waiting();
  private readonly delay: number;
  private since: Date | undefined;

  constructor(private readonly args: HostArgs) {
    this.delay = args.delay ?? 60_000;
    this.control = createServer((request, response) => this.answer(request, response));
    this.health = createServer((request, response) => {
      request.resume();
      response.end("OK\n");
    });
    this.calls = createTcpServer((socket) => void this.waiting.lend(socket));
    this.server = linkServer(args.key, (socket, protocol) => {
      if (protocol === "control") this.control.emit("connection", socket);
      else if (protocol === "calls") this.waiting.add(socket);
      else void bridge(socket, args.ports[protocol]);
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const [path, seconds] = request.url!.split("?seconds=");
    const asked = `${request.method} ${path}`;
    if (asked === "POST /start" && !/^[1-9]\d*$/.test(seconds ?? "")) return void response.writeHead(400).end();
    if (asked === "POST /start") this.start(Number(seconds));
    else if (asked !== "GET /state" && asked !== "POST /stop") return void response.writeHead(404).end();
    const state = JSON.stringify({ since: this.since?.toISOString() });
    response.writeHead(200, { "content-type": "application/json" }).end(state);
    if (asked !== "POST /stop" || this.since === undefined) return;
    this.args.log.info("the session ends");
    response.on("close", () => this.args.end());
  }

  /** @param seconds - how long it lives at most; what is said later does not count, as the session could say it */
  private start(seconds: number): void {
    if (this.since !== undefined) return;
    this.since = new Date();
    setTimeout(() => this.over(), seconds * 1000 + this.delay).unref();
    this.args.log.info("the session begins");
    keepRunning(this.args.programs, this.args.log);
  }

  /** Whatever has become of the gate. */
  private over(): void {
    this.args.log.info("the session has reached its longest life");
    this.args.end();
  }
}

/** Hands a connection on to a port of the loopback. */
async function bridge(socket: Socket, port: number): Promise<void> {
  const until = Date.now() + patience;
  let inner: Socket | undefined;
  while (inner === undefined && !socket.destroyed && Date.now() < until) inner = await tryConnect(port);
  if (inner === undefined || socket.destroyed) {
    inner?.destroy();
    socket.destroy();
    return;
  }
  joined(socket, inner);
}

function tryConnect(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", () => setTimeout(() => resolve(undefined), 100));
  });
}
