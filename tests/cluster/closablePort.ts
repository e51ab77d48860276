/** For tests: a port that leads to another one and can be shut, as when the node behind it is down. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class Door {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  /** @param target - `host:port` that it leads to */
  constructor(private readonly target: string) {}

  get address(): string {
    return `localhost:${this.port}`;
  }

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
  shut(): void {
    this.server?.close();
    this.sockets.forEach((socket) => socket.destroy());
  }
}
