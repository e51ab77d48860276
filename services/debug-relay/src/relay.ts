/** The relay: the debug peer's calls of chaincode go to a developer's machine while a session is open, and else to the server. */
import {
  type ClientHttp2Session,
  connect,
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";

import { ports } from "../../../model/contracts/ports";
import { messageOf } from "../../common/failure";
import { end, forward } from "../../common/http2Forward";
import type { Log } from "../../common/log";
import { Sessions, type SessionsArgs } from "./sessions";

/** Arguments of {@link Relay}. */
export interface RelayArgs extends Omit<SessionsArgs, "changed"> {
  /** Root (PEM) of the organization's TLS certificates. */
  tlsRoot: string;
  /** Host and port of a chaincode server, for what no session stands for. */
  addressOf: (server: string) => string;
}

/** Stands for chaincode servers. It answers the peer's pings, whatever the chaincode does. */
export class Relay {
  readonly sessions: Sessions;
  /** For the peer. */
  readonly server: Http2SecureServer;
  private readonly streams = new Map<ServerHttp2Stream, string>();
  private readonly log: Log;

  constructor(private readonly args: RelayArgs) {
    this.log = args.log;
    this.sessions = new Sessions({ ...args, changed: (server) => this.turn(server) });
    // Trailing headers end a call; a peer waits for nothing else.
    this.server = createSecureServer({ ...args.tls, minVersion: "TLSv1.2" });
    this.server.on("stream", (stream, headers) => this.take(stream, headers));
    this.server.on("sessionError", (error) =>
      this.log.warn("the peer's connection broke", { reason: messageOf(error) }),
    );
  }

  close(): void {
    this.sessions.close();
    for (const stream of this.streams.keys()) stream.close();
    this.server.close();
  }

  private take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const authority = headers[":authority"] ?? "";
    const server = authority.split(":")[0]!;
    stream.on("error", (error) => this.log.debug("a call broke", { server, reason: messageOf(error) }));
    if (!this.args.servers.includes(server)) return end(stream, `there is no chaincode server "${server}" here`);
    this.streams.set(stream, server);
    stream.on("close", () => this.streams.delete(stream));
    const session = this.sessions.of(server);
    this.log.info("the peer called chaincode", { server, answeredBy: session?.developer ?? "its server" });
    if (session !== undefined) return forward(stream, headers, session.connection, authority);
    const connection = this.connectTo(server);
    stream.on("close", () => connection.close());
    forward(stream, headers, connection, authority);
  }

  /** Streams live long: they end when what answers changes, and the peer opens another one at its next call. */
  private turn(server: string): void {
    for (const [stream, of] of this.streams)
      if (of === server) end(stream, "the chaincode is answered by somebody else from now on: call again");
  }

  private connectTo(server: string): ClientHttp2Session {
    const address = this.args.addressOf(server);
    const connection = connect(`https://${address}`, { ca: this.args.tlsRoot, servername: server });
    connection.on("error", (error) =>
      this.log.warn("the chaincode server does not answer", { server, reason: messageOf(error) }),
    );
    return connection;
  }
}

/** Address of a chaincode server by a name that does not lead to the relay. */
export const serverIn =
  (domain: string) =>
  (server: string): string =>
    `${server}.${domain}:${ports.chaincode}`;
