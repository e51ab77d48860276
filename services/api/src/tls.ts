/** TLS of the servers. Renewed certificates need no restart. */
import { readFileSync } from "node:fs";
import type { Server } from "node:tls";

import { messageOf } from "../../common/failure";
import type { Log } from "../../common/log";
import type { TlsSettings } from "./settings";

/** Certificate, key, and the roots of clients (PEM). */
export interface ServerTls {
  cert: string;
  key: string;
  ca: string[];
}

/** Milliseconds between two looks at the files. */
const interval = 10_000;

/** Reads the files of the server for callers: only the gateway may connect. */
export function readTls({ certificate, privateKey, clientRoot }: TlsSettings): ServerTls {
  return { cert: read(certificate), key: read(privateKey), ca: [read(clientRoot)] };
}

/** Reads the files of the server for health and metrics. */
export function readOperationsTls(settings: TlsSettings): ServerTls {
  const { ca, ...pair } = readTls(settings);
  return { ...pair, ca: [...ca, ...settings.metricsRoots.map(read)] };
}

/** Refuses clients whose certificate has another name than those of the settings. */
export function refuseOthers({ clients }: TlsSettings, server: unknown): void {
  (server as Server).on("secureConnection", (socket) => {
    const { CN } = socket.getPeerCertificate().subject ?? {};
    const names = [CN ?? []].flat();
    if (!names.some((name) => clients.includes(name))) socket.destroy();
  });
}

/** Loads changed files into a server. */
export function followTls(readAll: () => ServerTls, server: unknown, signal: AbortSignal, log: Log): void {
  let present = JSON.stringify(readAll());
  const timer = setInterval(() => {
    try {
      const tls = readAll();
      if (JSON.stringify(tls) === present) return;
      (server as Server).setSecureContext(tls);
      present = JSON.stringify(tls);
      log.info("The TLS certificate was renewed");
    } catch (error) {
      log.warn("The TLS certificate cannot be read", { error: messageOf(error) });
    }
  }, interval).unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}
