/** The gateway of an Ethereum stack on a cluster of a test, as clients outside the cluster reach it. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { connect } from "node:tls";

import { ports } from "../../model/contracts/ports";
import type { FabricCluster } from "./fabricCluster";
import { type ForwardedPort, forwardPort } from "./kubectl";

/**
 * A port of this machine that leads to the gateway, with TLS from here on: the machine does not find the name, and no client trusts a
 * certificate that a pod has made for itself. Must be closed.
 */
export class EthereumGatewayPort {
  private constructor(
    private readonly forward: ForwardedPort,
    private readonly server: Server,
  ) {}

  /** @param host - `rpc.<domain>` */
  static async open({ cluster }: FabricCluster, stack: string, host: string): Promise<EthereumGatewayPort> {
    const forward = await forwardPort(cluster, stack, "deployment/gateway", ports.gateway);
    const server = createServer((client) => {
      const options = { port: forward.port, host: "127.0.0.1", servername: host, rejectUnauthorized: false };
      const gateway = connect(options);
      for (const [one, other] of [[client, gateway] as const, [gateway, client] as const]) {
        one.on("error", () => other.destroy());
        one.pipe(other);
      }
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new EthereumGatewayPort(forward, server);
  }

  /** What clients call, with one of their schemes. */
  url(scheme: "http" | "ws", path = ""): string {
    return `${scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}/${path}`;
  }

  /** Status of HTTP of a call. */
  async statusOf(path = ""): Promise<number> {
    const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}';
    const headers = { "Content-Type": "application/json", Connection: "close" };
    const { status } = await fetch(this.url("http", path), { method: "POST", headers, body });
    return status;
  }

  /** Answers to the calls of a batch, in their order. */
  async answers(path: string, calls: readonly { method: string }[]): Promise<object[]> {
    const body = JSON.stringify(calls.map(({ method }, id) => ({ jsonrpc: "2.0", id, method, params: [] })));
    const headers = { "Content-Type": "application/json", Connection: "close" };
    const response = await fetch(this.url("http", path), { method: "POST", headers, body });
    return ((await response.json()) as { id: number }[]).sort((a, b) => a.id - b.id);
  }

  close(): void {
    this.forward.process.kill();
    this.server.close();
  }
}
