/** Connections of the gate that wait until something in the session calls the network. */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** How long a call waits for a connection, in milliseconds. */
const patience = 10_000;

/** Lends each connection once; the gate opens others. */
export class Waiting {
  private readonly sockets = new Set<Socket>();

  add(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
  }

  /** Joins a connection of the session's with one that waits. */
  async lend(caller: Socket): Promise<void> {
    caller.on("error", () => caller.destroy());
    for (const until = Date.now() + patience; Date.now() < until && !caller.destroyed; await sleep(50)) {
      const [socket] = this.sockets;
      if (socket === undefined) continue;
      this.sockets.delete(socket);
      joined(caller, socket);
      return;
    }
    caller.destroy();
  }
}

/** Joins two connections: what one says, the other hears, until either ends. */
export function joined(one: Socket, other: Socket): void {
  const ends = [one, other];
  for (const end of ends) {
    end.on("error", () => end.destroy());
    end.on("close", () => ends.forEach((each) => each.destroy()));
  }
  one.pipe(other).pipe(one);
}
