/** TLS of a server from files that change: renewed certificates need no restart. */
import type { Server } from "node:tls";

import { messageOf } from "./failure";
import type { Log } from "./log";

/** Milliseconds between two looks at the files. */
const interval = 10_000;

/** Certificate and key (PEM), and whatever else the server takes. */
export interface KeyPair {
  cert: string;
  key: string;
}

/**
 * Loads changed files into a server, until the signal.
 *
 * @param readAll - reads what the server takes
 */
export function followTls(readAll: () => KeyPair, server: unknown, signal: AbortSignal, log: Log): void {
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
