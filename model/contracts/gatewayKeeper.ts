/** What a gateway's pod and the container in it that keeps HAProxy's files fresh agree on. */

/** Folder of HAProxy's configuration. */
export const configurationDir = "/etc/baas/gateway";
/** Folder of HAProxy's sockets. */
export const socketDir = "/run/haproxy";
/** Socket of HAProxy's master process, which takes the command to reload its files. */
export const masterSocket = `${socketDir}/master.sock`;

/** Environment variables of the keeper. */
export const keeperVariables = {
  masterSocket: "GATEWAY_MASTER_SOCKET",
  /** Folders whose changes HAProxy must load, with commas between them. */
  files: "GATEWAY_FILES",
  /** Interval between checks of the certificate, in seconds. */
  renewalSeconds: "GATEWAY_RENEWAL_SECONDS",
  /** Interval between checks of the files, in seconds. */
  pollSeconds: "GATEWAY_POLL_SECONDS",
} as const;
