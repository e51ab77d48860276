/** TLS of the servers. */
import { readFileSync } from "node:fs";
import type { Server } from "node:tls";

import type { KeyPair } from "../../common/followTls";
import type { TlsSettings } from "./settings";

/** Certificate, key, and the roots of clients (PEM). */
export interface ServerTls extends KeyPair {
  ca: string[];
}

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

function read(path: string): string {
  return readFileSync(path, "utf8");
}
