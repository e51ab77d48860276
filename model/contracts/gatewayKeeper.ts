/** What a gateway's pod and the container in it that keeps HAProxy's files fresh agree on. */

/** Folder of HAProxy's configuration. */
export const configurationDir = "/etc/baas/gateway";
/** Folder of HAProxy's sockets. */
export const socketDir = "/run/haproxy";
/** HAProxy's own command line, on which it is told to read its files anew. */
export const masterSocket = `${socketDir}/master.sock`;

/** Environment variables of the keeper. */
export const keeperVariables = {
  masterSocket: "GATEWAY_MASTER_SOCKET",
  /** Folders whose changes HAProxy must load, with commas between them. */
  files: "GATEWAY_FILES",
  /** Time between two looks at the certificate, in seconds. */
  renewalSeconds: "GATEWAY_RENEWAL_SECONDS",
  /** Time between two looks at the files, in seconds. */
  pollSeconds: "GATEWAY_POLL_SECONDS",
} as const;
