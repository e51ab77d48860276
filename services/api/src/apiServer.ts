/** The API server as a whole: puts its parts together, starts and stops them in order. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

import { followTls } from "../../common/followTls";
import type { Log } from "../../common/log";
import { Access } from "./access/access";
import { Clients } from "./fabric/clients";
import { MetadataCache } from "./fabric/metadata";
import { createServer } from "./http/server";
import { Metrics } from "./metrics";
import { serveOperations } from "./operations";
import type { Settings } from "./settings";
import { openDatabase } from "./store/database";
import { SubmissionStore } from "./store/submissionStore";
import { Submitter } from "./submissions/submitter";
import { readOperationsTls, readTls, refuseOthers } from "./tls";

/** A server that runs. */
export interface ApiServer {
  /** Ports that it listens on. */
  port: number;
  operationsPort: number;
  stop(): Promise<void>;
}

/** Starts a server. */
export async function startServer(settings: Settings, log: Log): Promise<ApiServer> {
  const metrics = new Metrics();
  metrics.register();
  const { retention, persistence, lease } = settings;
  const database = await openDatabase(settings.store, log);
  const store = new SubmissionStore(database, `${hostname()}-${randomUUID()}`, lease);
  const clients = await Clients.connect(settings.identities, store);
  const { submissions: atOnce } = settings.limits;
  const submitter = new Submitter(store, clients, { atOnce, lease, retention, persistence }, log);
  metrics.watchSubmissions(() => submitter.atWork);
  const closing = new AbortController();
  const access = new Access(settings.access, clients.names, log);
  const services = { access, clients, metadata: new MetadataCache(), metrics, store, submitter, log };
  const tls = settings.tls && readTls(settings.tls);
  const server = await createServer(settings, { ...services, closing: closing.signal }, tls);
  const check = (): Promise<void> => store.check();
  const operations = await serveOperations(settings.host, settings.operationsPort, {
    ...{ metrics, check },
    ...(settings.tls && { tls: readOperationsTls(settings.tls) }),
  });
  const { tls: files } = settings;
  if (files) {
    refuseOthers(files, server.server);
    followTls(() => readTls(files), server.server, closing.signal, log);
    followTls(() => readOperationsTls(files), operations, closing.signal, log);
  }
  await server.listen({ host: settings.host, port: settings.port });
  submitter.start();
  return {
    port: portOf(server.server),
    operationsPort: portOf(operations),
    async stop() {
      closing.abort();
      // What is at work gets some time; another process goes on with the rest.
      await Promise.race([server.close(), pause(20_000)]);
      await submitter.close();
      operations.close();
      operations.closeAllConnections();
      await store.close();
      await metrics.close();
    },
  };
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as { port: number }).port;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());
}
