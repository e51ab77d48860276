/** What a debug peer, the relay beside it and the command `baas chaincode debug` agree on. */

/** Enrolment ID of an organization's debug peer, and its name within the organization. */
export const debugPeerId = "debug";

/** Name of the relay's container. */
export const debugRelayName = "relay";

/**
 * Where the relay listens for the debug peer beside it, which takes it for the chaincode servers of its organization. On the port of
 * 127.0.0.1 listens the peer itself.
 */
export const debugRelayAddress = "127.0.0.2";

/** Environment variables of the relay. */
export const debugRelayVariables = {
  /** Names of the organization's chaincode servers, with commas between them. */
  servers: "DEBUG_RELAY_SERVERS",
  /** Domain by which it reaches them: the debug peer's own names for them lead to the relay. */
  serverDomain: "DEBUG_RELAY_SERVER_DOMAIN",
  /** Enrolment IDs of those who may open a session, with commas between them. */
  developers: "DEBUG_RELAY_DEVELOPERS",
  /** Folder of its TLS certificate and key. */
  tlsDir: "DEBUG_RELAY_TLS_DIR",
  rootsDir: "DEBUG_RELAY_ROOTS_DIR",
  /** Address and port for sessions. */
  listen: "DEBUG_RELAY_LISTEN",
} as const;

/** Where the debug peer's TLS certificate and key are mounted in the relay. */
export const debugRelayTlsDir = "/etc/baas/tls";

/** Protocol that a session's connection changes to: HTTP/2, of which the relay is the client. */
export const sessionProtocol = "baas-chaincode-session";

/** Path of the request that opens a session, before the name of the chaincode server. */
export const sessionPath = "/sessions/";

/** Name outside the cluster at which the relay of an organization takes sessions: `relay.org1.<domain>`. */
export function debugRelayHost(organizationDomain: string): string {
  return `${debugRelayName}.${organizationDomain}`;
}
