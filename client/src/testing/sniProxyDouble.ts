/** For tests: one port that routes TLS connections by the server name that they ask for, as a network's gateway does. */
import { connect, createServer, type Server, type Socket } from "node:net";

/** Routes to ports of this machine. */
export class SniProxyDouble {
  /** Ports by server names. */
  readonly routes = new Map<string, () => number>();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => this.take(socket));

  static async start(): Promise<SniProxyDouble> {
    const proxy = new SniProxyDouble();
    await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private take(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("error", () => {}).on("close", () => this.sockets.delete(socket));
    socket.once("data", (hello) => {
      const port = this.routes.get(serverName(hello))?.();
      if (port === undefined) return void socket.destroy();
      const onward = connect(port, "127.0.0.1");
      this.sockets.add(onward);
      onward.on("error", () => socket.destroy()).on("close", () => socket.destroy());
      socket.on("close", () => onward.destroy());
      onward.write(hello);
      socket.pipe(onward).pipe(socket);
    });
  }
}

/** Source: RFC 8446, ClientHello; RFC 6066, server_name. */
function serverName(hello: Buffer): string {
  // Record and handshake headers, version and random.
  let at = 5 + 4 + 2 + 32;
  at += 1 + hello[at]!;
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello[at]!;
  const end = at + 2 + hello.readUInt16BE(at);
  for (at += 2; at < end; at += 4 + hello.readUInt16BE(at + 2)) {
    if (hello.readUInt16BE(at) !== 0) continue;
    const length = hello.readUInt16BE(at + 7);
    return hello.toString("ascii", at + 9, at + 9 + length);
  }
  return "";
}
