/**
 * Runs in a pod in place of a CA, a peer, an orderer or a chaincode server: see edgeNetwork.ts. It answers over TLS at each of the
 * node's ports, with the certificate that the node would have. In place of a CA it also issues certificates as Fabric CA does.
 */
import { createServer } from "node:https";

import { type ExportedCa, TestCa } from "../../../services/common/testing/testCa";

/** The configuration of the double; the variable NODE_DOUBLE. */
export interface NodeDoubleSettings {
  name: string;
  key: string;
  cert: string;
  ports: number[];
  /** Of a CA: its certificate authority, and the lifetime of certificates. */
  issues?: { ca: ExportedCa; lifeSeconds: number };
}

const { name, key, cert, ports, issues } = JSON.parse(process.env.NODE_DOUBLE!) as NodeDoubleSettings;
const ca = issues && TestCa.from(issues.ca);

async function enrol(body: string): Promise<string> {
  const { caname, certificate_request: csr } = JSON.parse(body) as Record<string, string>;
  const day = 24 * 60 * 60;
  const certificate = await (await ca!).sign(csr!, "client", { from: 0, until: issues!.lifeSeconds / day });
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const result = {
    Cert: base64(certificate),
    ServerInfo: { CAName: caname, CAChain: base64(issues!.ca.certificate), Version: "1.5" },
  };
  return JSON.stringify({ result, errors: [], messages: [], success: true });
}

for (const port of ports) {
  const server = createServer({ key, cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (issues === undefined || !request.url!.endsWith("/enroll")) return response.end(JSON.stringify({ name }));
      enrol(Buffer.concat(chunks).toString()).then(
        (answer) => response.writeHead(201).end(answer),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  });
  // Fabric's clients keep their connections open.
  server.keepAliveTimeout = 0;
  server.on("tlsClientError", () => undefined);
  server.listen(port);
}
process.on("SIGTERM", () => process.exit(0));
