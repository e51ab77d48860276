/** Health and metrics, on ports of their own, which only the kubelet and Prometheus reach. */
import { createServer, type Server } from "node:http";

import { type Metrics, metricsType } from "./metrics";

/** Answers probes. A pod whose nodes do not answer is healthy: it tells clients so. */
export function serveHealth(host: string, port: number): Promise<Server> {
  return serve(host, port, { "/healthz": async () => ["text/plain", "OK\n"] });
}

/** Answers Prometheus. */
export function serveMetrics(host: string, port: number, metrics: Metrics): Promise<Server> {
  return serve(host, port, { "/metrics": async () => [metricsType, await metrics.text()] });
}

async function serve(
  host: string,
  port: number,
  answers: Record<string, () => Promise<[type: string, body: string]>>,
): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = request.method === "GET" ? answers[request.url ?? ""] : undefined;
    if (answer === undefined) return void response.writeHead(404).end();
    answer().then(
      ([type, body]) => response.writeHead(200, { "Content-Type": type }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  return server;
}
