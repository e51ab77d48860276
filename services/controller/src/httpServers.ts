/** The HTTP servers for metrics and health. */
import { createServer, type Server } from "node:http";

/** Answers GET requests by path; everything else is 404. */
export async function serve(
  port: number,
  paths: Readonly<Record<string, () => Promise<{ status?: number; type?: string; body: string }>>>,
): Promise<Server> {
  const server = createServer((request, response) => {
    const handler = request.method === "GET" ? paths[(request.url ?? "").split("?")[0] ?? ""] : undefined;
    if (!handler) {
      response.writeHead(404).end();
      return;
    }
    handler().then(
      ({ status = 200, type = "text/plain", body }) => response.writeHead(status, { "Content-Type": type }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, resolve));
  return server;
}
