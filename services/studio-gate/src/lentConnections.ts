/** Connections to the session that wait until something in it calls the network. */
import type { IncomingMessage, Server } from "node:http";
import type { TLSSocket } from "node:tls";

import { connectLink, type LinkTarget } from "../../common/studioLink";

/** How many wait at any time. */
const count = 3;

/** Milliseconds before another try. */
const pause = 1000;

/** Keeps connections waiting, while the session is open, and hands those that are used to a server. */
export class LentConnections {
  private readonly sockets = new Set<TLSSocket>();
  /** What opens another connection, by those that wait. */
  private readonly unused = new Map<unknown, () => void>();
  private isWanted = false;

  /** @param server - takes what is said on them for requests */
  constructor(
    private readonly link: () => LinkTarget,
    private readonly server: Server,
  ) {
    server.on("request", ({ socket }: IncomingMessage) => this.unused.get(socket)?.());
  }

  start(): void {
    if (this.isWanted) return;
    this.isWanted = true;
    for (let i = 0; i < count; i++) this.open();
  }

  stop(): void {
    this.isWanted = false;
    for (const socket of this.sockets) socket.destroy();
  }

  private open(): void {
    if (!this.isWanted) return;
    connectLink(this.link(), "calls").then(
      (socket) => {
        if (!this.isWanted) return void socket.destroy();
        this.sockets.add(socket);
        this.unused.set(socket, () => {
          this.unused.delete(socket);
          setTimeout(() => this.open(), socket.destroyed ? pause : 0);
        });
        socket.on("error", () => socket.destroy());
        socket.on("close", () => {
          this.sockets.delete(socket);
          this.unused.get(socket)?.();
        });
        this.server.emit("connection", socket);
      },
      () => setTimeout(() => this.open(), pause),
    );
  }
}
