/** For tests in which a node is down: a port in front of it, which can be closed. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A port of this machine that leads to another one as long as it is open. */
export class ClosablePort {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  /** @param target - `host:port` that it leads to */
  constructor(private readonly target: string) {}

  /** `host:port` for clients, the same each time that it is open. */
  get address(): string {
    return `localhost:${this.port}`;
  }

  /** Takes connections from now on. */
  async open(): Promise<void> {
    const [host, port] = this.target.split(":");
    const server = createServer((incoming) => {
      const outgoing = connect(Number(port), host);
      for (const socket of [incoming, outgoing]) {
        this.sockets.add(socket);
        socket.on("error", () => {}).on("close", () => this.sockets.delete(socket));
      }
      incoming.pipe(outgoing).pipe(incoming);
    });
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** Connections are refused from now on, and those that there are break. */
  close(): void {
    this.server?.close();
    this.sockets.forEach((socket) => socket.destroy());
  }
}
