/**
 * The line with which HAProxy begins each connection: version 1 of the PROXY protocol,
 * https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt.
 */
import type { Server, Socket } from "node:net";

/** Bytes that a line has at most, and the milliseconds in which it comes. */
const mostBytes = 107;
const time = 5000;

/** The client's address in a line; undefined where it is none. */
export function addressIn(line: string): string | undefined {
  const [, address, unknown] =
    /^PROXY (?:TCP[46] ([0-9a-fA-F.:]{2,45}) [0-9a-fA-F.:]{2,45} \d{1,5} \d{1,5}|(UNKNOWN)(?: .*)?)$/.exec(line) ?? [];
  return address ?? (unknown === undefined ? undefined : "unknown");
}

/** Clients' addresses, by the connections that HAProxy has made for them. */
export class Proxied {
  private readonly addresses = new Map<string, string>();

  /** @param server - takes connections when their lines have been read */
  constructor(server: Server) {
    const listeners = server.listeners("connection") as ((socket: Socket) => void)[];
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      socket.setTimeout(time, () => socket.destroy());
      socket.on("error", () => socket.destroy());
      this.readLine(socket, () => listeners.forEach((listener) => listener.call(server, socket)));
    });
  }

  /** How many clients are connected. */
  get number(): number {
    return this.addresses.size;
  }

  /** The address of the client for whom a connection was made. */
  addressOf(socket: Pick<Socket, "remoteAddress" | "remotePort">): string | undefined {
    return this.addresses.get(keyOf(socket));
  }

  private readLine(socket: Socket, goOn: () => void): void {
    let read = Buffer.alloc(0);
    const onReadable = (): void => {
      for (let part = socket.read() as Buffer | null; part !== null; part = socket.read() as Buffer | null) {
        read = Buffer.concat([read, part]);
        const end = read.indexOf("\r\n");
        if (end < 0 && read.length <= mostBytes) continue;
        const address = end < 0 || end > mostBytes ? undefined : addressIn(read.subarray(0, end).toString("latin1"));
        if (address === undefined) return void socket.destroy();
        socket.off("readable", onReadable);
        socket.setTimeout(0);
        if (read.length > end + 2) socket.unshift(read.subarray(end + 2));
        const key = keyOf(socket);
        this.addresses.set(key, address);
        socket.once("close", () => this.addresses.delete(key));
        goOn();
        return;
      }
    };
    socket.on("readable", onReadable);
  }
}

function keyOf({ remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">): string {
  return `${remoteAddress} ${remotePort}`;
}
