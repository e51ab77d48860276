/** A port in front of a node that tests can close to simulate that the node is down. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A port of this machine that forwards to another one while it is open. */
export class ClosablePort {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  /** @param target - `host:port` to which it forwards */
  constructor(private readonly target: string) {}

  /** `host:port` for clients, the same each time it opens. */
  get address(): string {
    return `localhost:${this.port}`;
  }

  /** Opens the port. */
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

  /** Closes the port and all its connections. */
  close(): void {
    this.server?.close();
    this.sockets.forEach((socket) => socket.destroy());
  }
}
