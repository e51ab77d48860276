/** For tests: a way to a peer that loses all packets from some moment on. Connections that were open then stay silent for good. */
import { connect, createServer, type Server, type Socket } from "node:net";

/** Passes connections on to a port of this machine. */
export class SilentProxyDouble {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => this.take(socket));

  private constructor(private readonly port: number) {}

  static async start(port: number): Promise<SilentProxyDouble> {
    const proxy = new SilentProxyDouble(port);
    await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  /** Says nothing more on the connections that are open. */
  fallSilent(): void {
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private take(socket: Socket): void {
    const onward = connect(this.port, "127.0.0.1");
    for (const each of [socket, onward]) {
      this.sockets.add(each);
      each.on("error", () => {}).on("close", () => [socket, onward].forEach((end) => end.destroy()));
    }
    socket.pipe(onward).pipe(socket);
  }
}
