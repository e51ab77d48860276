/** Doubles of CAs, peers and orderers, for tests of the edge. */
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";

import type { NodePlan } from "../../model/network/networkPlan";
import { newPrivateKey, parsePrivateKey } from "../../services/common/keys";
import type { TestCa } from "../../services/common/testing/testCa";

/** A server in place of a node, with the certificate that the node would have. It is healthy while it runs. */
export class TlsNodeDouble {
  private server: Server | undefined;
  /** Its address, even after it was stopped. */
  port = 0;

  private constructor(private readonly certificate: { key: string; cert: string }) {}

  /** Starts one with the certificate of a node. */
  static async start(ca: TestCa, { fqdn, hosts }: NodePlan): Promise<TlsNodeDouble> {
    const key = newPrivateKey();
    const node = new TlsNodeDouble({ key, cert: await ca.issue(parsePrivateKey(key)!, fqdn, hosts) });
    await node.start();
    return node;
  }

  /** Listens, at the same port as before. */
  async start(): Promise<void> {
    this.server = createServer(this.certificate, (request, response) => response.end(request.url));
    // Test clients may disconnect during the handshake; that is no error.
    this.server.on("tlsClientError", () => undefined);
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Stops listening and closes all connections. */
  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(undefined)));
    this.server = undefined;
  }
}
