/** Sessions of developers: connections from outside, on which a developer's machine answers as a chaincode server. */
import { type IncomingMessage, STATUS_CODES } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import { createServer, type Server } from "node:https";
import type { TLSSocket } from "node:tls";

import { sessionPath, sessionProtocol } from "../../../model/contracts/debugging";
import { type Admission, admitted } from "../../common/developers";
import type { Log } from "../../common/log";

/** How often the other side is asked whether it is there, and how long it may take to answer, in milliseconds. */
export interface Liveness {
  interval: number;
  timeout: number;
}

/** Arguments of {@link Sessions}. */
export interface SessionsArgs extends Admission {
  /** TLS certificate and key, PEM. */
  tls: { cert: string; key: string };
  /** Names of the chaincode servers that sessions may stand for. */
  servers: readonly string[];
  /** Called when a session begins or ends: what goes to its server goes another way from now on. */
  changed: (server: string) => void;
  log: Log;
  liveness?: Liveness;
}

/** An open session. */
export interface Session {
  developer: string;
  since: Date;
  /** The relay is the client on it. */
  connection: ClientHttp2Session;
}

/** Takes sessions, one at a time for each chaincode server. */
export class Sessions {
  private readonly open = new Map<string, Session>();
  /** To listen with. */
  readonly server: Server;

  constructor(private readonly args: SessionsArgs) {
    const { tls, signingRoot } = args;
    // A handshake with another certificate succeeds, so that there is an answer that says why nothing comes of it.
    const options = { ...tls, ca: signingRoot, requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.2" };
    this.server = createServer(options as object, (_request, response) => {
      response.writeHead(404, { "content-type": "text/plain" }).end("Sessions are opened by: baas chaincode debug\n");
    });
    this.server.on("upgrade", (request: IncomingMessage, socket: TLSSocket) => this.begin(request, socket));
  }

  /** The session that stands for a chaincode server. */
  of(server: string): Session | undefined {
    return this.open.get(server);
  }

  /** Ends all. */
  close(): void {
    for (const { connection } of this.open.values()) connection.destroy();
    this.server.close();
    this.server.closeAllConnections();
  }

  private begin(request: IncomingMessage, socket: TLSSocket): void {
    socket.on("error", () => socket.destroy());
    const caller = admitted(socket.getPeerX509Certificate(), this.args);
    if ("refusal" in caller) return refuse(socket, 403, caller.refusal);
    const { developer } = caller;
    if (request.headers.upgrade !== sessionProtocol) return refuse(socket, 400, `speak ${sessionProtocol}`);
    const server = decodeURIComponent((request.url ?? "").slice(sessionPath.length));
    if (!request.url?.startsWith(sessionPath) || !this.args.servers.includes(server)) {
      const known = this.args.servers.join(", ") || "none";
      return refuse(socket, 404, `there is no chaincode server "${server}" here; there are: ${known}`);
    }
    const other = this.open.get(server);
    if (other !== undefined && other.developer !== developer) {
      const since = other.since.toISOString();
      return refuse(socket, 409, `${other.developer} has a session for ${server} since ${since}`);
    }
    // The same developer's connection may have been lost without a word.
    other?.connection.destroy();
    // HTTP/2 takes the socket over: nothing else may be on its way there.
    const answer = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${sessionProtocol}\r\n\r\n`;
    socket.write(answer, () => setImmediate(() => socket.destroyed || this.take(server, developer, socket)));
  }

  private take(server: string, developer: string, socket: TLSSocket): void {
    const { log, changed, liveness = { interval: 20_000, timeout: 20_000 } } = this.args;
    // As a server's socket, it would stay half open when the other side has ended.
    socket.allowHalfOpen = false;
    const connection = connect("http://chaincode", { createConnection: () => socket });
    for (const end of ["end", "close"]) socket.on(end, () => connection.destroy());
    connection.on("goaway", () => connection.destroy());
    const session = { developer, since: new Date(), connection };
    this.open.set(server, session);
    const stop = watch(connection, liveness);
    connection.on("error", (error) => log.warn("a session broke", { server, developer, reason: error.message }));
    connection.on("close", () => {
      stop();
      socket.destroy();
      if (this.open.get(server) !== session) return;
      this.open.delete(server);
      log.info("session ended", { server, developer });
      changed(server);
    });
    log.info("session began", { server, developer });
    changed(server);
  }
}

/** Ends a connection whose other side does not answer any more. Also keeps it from being idle. */
function watch(connection: ClientHttp2Session, { interval, timeout }: Liveness): () => void {
  let late: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    if (connection.destroyed || late !== undefined) return;
    late = setTimeout(() => connection.destroy(), timeout);
    connection.ping((error) => {
      clearTimeout(late);
      late = undefined;
      if (error !== null) connection.destroy();
    });
  }, interval);
  return () => {
    clearInterval(timer);
    clearTimeout(late);
  };
}

function refuse(socket: TLSSocket, status: number, reason: string): void {
  const body = `${reason}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}
