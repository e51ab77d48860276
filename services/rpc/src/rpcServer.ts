/** The filter as a whole: puts its parts together, starts and stops them in order. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server as NetServer } from "node:net";
import type { Server as TlsServer } from "node:tls";

import { messageOf } from "../../common/failure";
import type { Log } from "../../common/log";
import { Proxied } from "./http/proxyProtocol";
import { answerRequest } from "./http/requests";
import { WebSockets } from "./http/webSockets";
import { Metrics } from "./metrics";
import { Nodes } from "./nodes/nodes";
import { serveHealth, serveMetrics } from "./operations";
import { Service } from "./service";
import type { Settings } from "./settings";
import { followFiles, keyPair } from "./tls";

/** A filter that runs. */
export interface RpcServer {
  port: number;
  metricsPort: number;
  healthPort: number;
  /** Takes other methods, limits, tokens and pages. Where it listens, and the nodes, stay as they were. */
  follow(settings: Settings): void;
  stop(): Promise<void>;
}

/** A client has these milliseconds for the header of a request, and for all of it; an idle connection may stay a minute. */
const times = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 5000,
};

/** Starts a filter. */
export async function startServer(settings: Settings, log: Log): Promise<RpcServer> {
  const metrics = new Metrics();
  const nodes = new Nodes(settings.nodes, log);
  await nodes.start();
  const service = new Service(settings, nodes, metrics, log);
  const webSockets = new WebSockets(service);
  metrics.watch(
    () => nodes.all.map((node) => [node.name, nodes.serving.includes(node)]),
    () => webSockets.number,
  );
  const closing = new AbortController();
  const server = await httpServer(settings, closing.signal, log);
  const proxied = settings.proxyProtocol ? new Proxied(server) : undefined;
  const addressOf = ({ socket }: IncomingMessage): string =>
    proxied?.addressOf(socket) ?? socket.remoteAddress ?? "unknown";
  server.on("request", (request, response) => {
    answerRequest(service, request, response, addressOf(request)).catch((error: unknown) => {
      if (!request.destroyed) log.warn("A request failed", { error: messageOf(error) });
      response.destroy();
    });
  });
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    webSockets.take(request, socket, head, addressOf(request));
  });
  const health = await serveHealth(settings.host, settings.healthPort);
  const shown = await serveMetrics(settings.host, settings.metricsPort, metrics);
  await new Promise<void>((resolve, reject) =>
    server.once("error", reject).listen(settings.port, settings.host, resolve),
  );
  return {
    port: portOf(server),
    metricsPort: portOf(shown),
    healthPort: portOf(health),
    follow(changed) {
      service.follow(changed);
      webSockets.follow();
    },
    async stop() {
      closing.abort();
      webSockets.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await Promise.race([closed, pause(15_000)]);
      server.closeAllConnections();
      for (const each of [health, shown]) each.close().closeAllConnections();
      nodes.stop();
      await metrics.close();
    },
  };
}

async function httpServer({ tls }: Settings, signal: AbortSignal, log: Log): Promise<Server> {
  if (tls === undefined) return createServer(times);
  const pair = await keyPair(tls);
  const handshake = { minVersion: "TLSv1.2", ALPNProtocols: ["http/1.1"], handshakeTimeout: 10_000 } as const;
  const server = createTlsServer({ ...times, ...handshake, ...pair });
  followFiles(tls, server as TlsServer, signal, log);
  return server;
}

function portOf(server: NetServer): number {
  return (server.address() as AddressInfo).port;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());
}
