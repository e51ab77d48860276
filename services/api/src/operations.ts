/** Health and metrics, on a port of their own. */
import { createServer, type Server } from "node:http";

import { type Metrics, metricsType } from "./metrics";

/** What the server asks. */
interface Operations {
  metrics: Metrics;
  /** Throws when callers are better sent to another replica. */
  check: () => Promise<void>;
}

/** Starts the server. */
export async function serveOperations(host: string, port: number, { metrics, check }: Operations): Promise<Server> {
  const answers: Record<string, () => Promise<{ type: string; body: string }>> = {
    "/livez": async () => ({ type: "text/plain", body: "OK\n" }),
    "/healthz": async () => {
      await check();
      return { type: "text/plain", body: "OK\n" };
    },
    "/metrics": async () => ({ type: metricsType, body: await metrics.text() }),
  };
  const server = createServer((request, response) => {
    const answer = request.method === "GET" ? answers[(request.url ?? "").split("?")[0]!] : undefined;
    if (answer === undefined) return void response.writeHead(404).end();
    answer().then(
      ({ type, body }) => response.writeHead(200, { "Content-Type": type }).end(body),
      (error: Error) => response.writeHead(503, { "Content-Type": "text/plain" }).end(`${error.message}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  return server;
}
