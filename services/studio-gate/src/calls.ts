/** Brings calls of the debug peer to the contract in the session, while the session is open. */
import { type ClientHttp2Session, connect } from "node:http2";

import { type Answer, type OpenSession, openSession, type SessionTarget } from "../../common/chaincodeSession";
import { messageOf } from "../../common/failure";
import { end, forward } from "../../common/http2Forward";
import type { Log } from "../../common/log";
import { connectLink, type LinkTarget } from "../../common/studioLink";

/** Arguments of {@link Calls}. */
export interface CallsArgs {
  /** The relay beside the debug peer. */
  relay: () => SessionTarget;
  /** The session. */
  link: () => LinkTarget;
  log: Log;
}

/** Longest pause between two tries, in milliseconds. */
const longestPause = 10_000;

/**
 * A session with the relay, for as long as there is one with the developer. The relay's pings are answered here, whatever the contract does;
 * a contract that is started anew is connected to at the next call.
 */
export class Calls {
  private tunnel: OpenSession | undefined;
  private contract: Promise<ClientHttp2Session> | undefined;
  private isWanted = false;
  private timer: NodeJS.Timeout | undefined;
  private lastReason = "";

  constructor(private readonly args: CallsArgs) {}

  /** Whether the debug peer calls the contract here. */
  get areTaken(): boolean {
    return this.tunnel !== undefined;
  }

  start(): void {
    this.isWanted = true;
    clearTimeout(this.timer);
    this.open(500);
  }

  stop(): void {
    this.isWanted = false;
    clearTimeout(this.timer);
    this.tunnel?.close();
    this.tunnel = undefined;
    void this.contract?.then((session) => session.destroy()).catch(() => undefined);
    this.contract = undefined;
  }

  private open(pause: number): void {
    openSession(this.args.relay(), this.answer).then(
      (tunnel) => {
        if (!this.isWanted) return tunnel.close();
        this.tunnel = tunnel;
        this.lastReason = "";
        this.args.log.info("the debug peer calls the contract here");
        void tunnel.ended.then(() => {
          if (this.tunnel !== tunnel) return;
          this.tunnel = undefined;
          this.args.log.warn("the way from the debug peer was lost");
          this.again(500);
        });
      },
      (error: unknown) => {
        const reason = messageOf(error);
        if (reason !== this.lastReason)
          this.args.log.warn("the debug peer does not call the contract here", { reason });
        this.lastReason = reason;
        this.again(pause);
      },
    );
  }

  private again(pause: number): void {
    if (!this.isWanted) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(Math.min(2 * pause, longestPause)), pause);
  }

  private readonly answer: Answer = (stream, headers) => {
    stream.on("error", () => undefined);
    this.connected().then(
      (session) => {
        if (!stream.destroyed) forward(stream, headers, session, headers[":authority"] ?? "contract");
      },
      (error: unknown) => end(stream, `the contract in the studio does not run: ${messageOf(error)}`),
    );
  };

  private connected(): Promise<ClientHttp2Session> {
    return (this.contract ??= this.connect());
  }

  private async connect(): Promise<ClientHttp2Session> {
    try {
      const socket = await connectLink(this.args.link(), "chaincode");
      const session = connect("http://contract", { createConnection: () => socket });
      session.on("error", () => session.destroy());
      const forget = (): void => {
        this.contract = undefined;
      };
      session.on("close", forget);
      session.on("goaway", forget);
      return session;
    } catch (error) {
      this.contract = undefined;
      throw error;
    }
  }
}
