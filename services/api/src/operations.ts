/** Health and metrics, on a port of their own. */
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { TLSSocket } from "node:tls";

import { type Metrics, metricsType } from "./metrics";
import type { ServerTls } from "./tls";

/** What the server asks. */
interface Operations {
  metrics: Metrics;
  /** Throws when callers are better sent to another replica. */
  check: () => Promise<void>;
  /** With TLS, probes need no certificate, and readers of metrics do. */
  tls?: ServerTls;
}

/** Starts the server. */
export async function serveOperations(
  host: string,
  port: number,
  { metrics, check, tls }: Operations,
): Promise<Server> {
  const answers: Record<string, () => Promise<{ type: string; body: string }>> = {
    "/livez": async () => ({ type: "text/plain", body: "OK\n" }),
    "/healthz": async () => {
      await check();
      return { type: "text/plain", body: "OK\n" };
    },
    "/metrics": async () => ({ type: metricsType, body: await metrics.text() }),
  };
  const listener: RequestListener = (request, response) => {
    const path = (request.url ?? "").split("?")[0]!;
    const answer = request.method === "GET" ? answers[path] : undefined;
    if (answer === undefined) return void response.writeHead(404).end();
    const isKnown = tls === undefined || (request.socket as TLSSocket).authorized;
    if (path === "/metrics" && !isKnown) return void response.writeHead(401).end();
    answer().then(
      ({ type, body }) => response.writeHead(200, { "Content-Type": type }).end(body),
      (error: Error) => response.writeHead(503, { "Content-Type": "text/plain" }).end(`${error.message}\n`),
    );
  };
  const server = tls
    ? createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.2" }, listener)
    : createServer(listener);
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  return server;
}
