/** TLS of the server. Renewed certificates need no restart. */
import { readFileSync } from "node:fs";
import type { Server } from "node:tls";

import { messageOf } from "../../common/failure";
import type { Log } from "../../common/log";
import type { ServerTls } from "./http/server";
import type { TlsSettings } from "./settings";

/** Milliseconds between two looks at the files. */
const interval = 10_000;

/** Reads the files. */
export function readTls({ certificate, privateKey, clientRoot }: TlsSettings): ServerTls {
  const read = (path: string): string => readFileSync(path, "utf8");
  return { cert: read(certificate), key: read(privateKey), ca: read(clientRoot) };
}

/** Loads changed files into a server, and refuses clients that have another name than the gateway. */
export function followTls(settings: TlsSettings, server: unknown, signal: AbortSignal, log: Log): void {
  const secure = server as Server;
  secure.on("secureConnection", (socket) => {
    const { CN } = socket.getPeerCertificate().subject ?? {};
    const names = [CN ?? []].flat();
    if (!names.some((name) => settings.clients.includes(name))) socket.destroy();
  });
  let present = JSON.stringify(readTls(settings));
  const timer = setInterval(() => {
    try {
      const tls = readTls(settings);
      if (JSON.stringify(tls) === present) return;
      secure.setSecureContext(tls);
      present = JSON.stringify(tls);
      log.info("The TLS certificate was renewed");
    } catch (error) {
      log.warn("The TLS certificate cannot be read", { error: messageOf(error) });
    }
  }, interval).unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
