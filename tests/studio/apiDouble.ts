/** Stands in for the network's API server: it has the double of a debug peer run each call. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { studioEndsPath } from "../../model/contracts/studio";
import type { PeerDouble } from "../chaincode/peerDouble";

/** A call that has arrived. */
export interface ArrivedCall {
  kind: string;
  authorization: string | undefined;
  function: string;
  arguments: string[];
  transient: Record<string, string>;
  identity?: string;
  endorsingOrganizations?: string[];
}

/** A running double; `close` it. */
export class ApiDouble {
  readonly calls: ArrivedCall[] = [];
  /** When the session ends. */
  until: string | undefined;
  /** What it answers to submissions that would commit, in place of success. */
  failure: { status: number; body: object } | undefined;
  private readonly server = createServer((request, response) => {
    const [, channel, , , chaincode, kind = ""] = (request.url ?? "").slice(1).split("/").slice(0, 6);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method === "GET") {
        const ends = request.url === studioEndsPath && this.until !== undefined;
        response.writeHead(ends ? 200 : 404).end(JSON.stringify(ends ? { until: this.until } : {}));
        return;
      }
      const body = JSON.parse(Buffer.concat(chunks).toString());
      const { authorization } = request.headers;
      this.calls.push({ kind, authorization, ...body });
      void this.answer(kind, body).then(({ status, content }) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify({ channel, chaincode, ...content }));
      });
    });
  });

  private constructor(private readonly peer: PeerDouble) {}

  static async start(peer: PeerDouble): Promise<ApiDouble> {
    const double = new ApiDouble(peer);
    await once(double.server.listen(0, "127.0.0.1"), "listening");
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(kind: string, body: ArrivedCall): Promise<{ status: number; content: object }> {
    const transient = Object.fromEntries(Object.entries(body.transient).map(([key, text]) => [key, Buffer.from(text)]));
    const { status, message, payload } = await this.peer.invokeWith(transient, body.function, ...body.arguments);
    if (status !== 200) return { status: 422, content: { status: 422, code: "CHAINCODE", detail: message } };
    if (kind === "evaluate") return { status: 200, content: { result: payload } };
    const txID = this.peer.lastTransaction;
    if (this.failure) return { status: this.failure.status, content: { txID, ...this.failure.body } };
    return { status: 200, content: { id: "1", state: "committed", txID, blockNumber: "7", result: payload } };
  }
}
