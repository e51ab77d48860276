/** What the parts of a chaincode studio agree on: the session's pod, the gate in front of it, and the command `baas studio`. */

/** Start of the names of a session's objects, and of its name outside the cluster. */
const prefix = "studio";

/** Name of a session's objects, of its Identity and of its enrolment: `studio-alice`. */
export const studioName = (session: string): string => `${prefix}-${session}`;

/** Name of a session outside the cluster: `studio-alice.<domain>`. */
export const studioHostName = (session: string, domain: string): string => `${studioName(session)}.${domain}`;

/** Namespace of the sessions of a network: nothing else is in it. */
export const studioNamespace = (namespace: string): string => `${namespace}-${prefix}`;

/** Key of the Secret with the key that gate and session share. */
export const studioLinkKey = "key";

/** Where the Secret is mounted. */
export const studioLinkDir = "/etc/baas/link";

/**
 * What a connection from gate to session is for, as the protocol of its TLS handshake (ALPN). `control` is HTTP to the session's host;
 * bytes of `editor` and `chaincode` go on to a port of the loopback as they are. `calls` waits until something in the session calls the
 * network: then it is HTTP to the gate. So a session needs no way out.
 */
export const studioLinkProtocols = ["control", "editor", "chaincode", "calls"] as const;

/** One of {@link studioLinkProtocols}. */
export type StudioLinkProtocol = (typeof studioLinkProtocols)[number];

/** Who the gate says that it is. The key is what counts. */
export const studioLinkIdentity = "gate";

/** TLS of the link: a key that both sides have (RFC 8442), with forward secrecy. Node knows no such key with TLS 1.3. */
export const studioLinkTls = {
  ciphers: "ECDHE-PSK-CHACHA20-POLY1305",
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.2",
} as const;

/** Ports of the loopback in a session's pod. */
export const studioPorts = {
  /** code-server. */
  editor: 8080,
  /** The contract. */
  chaincode: 7052,
  /** What the session program tells the editor. */
  session: 7070,
  /** Calls of the network, as the API server takes them; the gate answers. */
  calls: 7071,
} as const;

/** Environment variables of a session's container. */
export const studioSessionVariables = {
  /** Folder of the contract's project, on the volume of the session. */
  project: "STUDIO_PROJECT",
  /** Address and port for the gate. */
  listen: "STUDIO_LISTEN",
  /** Address and port for the probes. */
  health: "STUDIO_HEALTH",
  linkDir: "STUDIO_LINK_DIR",
  /** File with the settings of the session program. */
  settings: "STUDIO_SESSION_SETTINGS",
  /** Folder that the session program keeps its own files in. */
  folder: "STUDIO_SESSION_FOLDER",
  /** Most processes and threads of the container. */
  processes: "STUDIO_PROCESSES",
} as const;

/** Home of the developer, on the volume. */
export const studioHome = "/home/coder";

/** Folder of the contract's project. */
export const studioProjectDir = `${studioHome}/project`;

/** Environment variable of a gate: the file of its settings. */
export const studioGateVariable = "STUDIO_GATE_SETTINGS";

/** Folder of a gate's files. */
export const studioGateDir = "/etc/baas/studio";

/** Its settings, in that folder. */
export const studioGateFile = "settings.json";

/** Settings of the client library, by which it calls the network. */
export const studioClientFile = "blockchain_client.yaml";

/** Where the session program asks the gate when the session ends, and the answer. */
export const studioEndsPath = "/v1/session";

/** When a session ends. */
export interface StudioEnds {
  /** At the latest, in ISO 8601. */
  until: string;
}

/** Folder and file of a session's settings. */
export const studioSessionDir = "/etc/baas/session";
export const studioSessionFile = "settings.json";

/** Certificates of the CAs that the provider's certificate comes from, in that folder. */
export const studioRootsFile = "roots.pem";

/** Folder of the Secret with what the gate proves to the provider who it is by, and its key. */
export const studioOidcDir = "/etc/baas/oidc";
export const studioOidcKey = "clientSecret";

/** How a developer signs in at a provider (OpenID Connect). */
export interface StudioOidcSettings {
  issuer: string;
  clientId: string;
  scopes: string[];
  /** Claim that says who somebody is, and what it says of the developer. */
  userClaim: string;
  user: string;
  /** Where the provider sends browsers back to. */
  redirectUrl: string;
}

/** Where a session reaches the repository that its branches are pushed to, by the gate. */
export const studioRemotePath = "/repository.git";

/** Folder of the Secret with what the repository knows the gate by, its keys, and the file with CAs of its certificate. */
export const studioRemoteDir = "/etc/baas/remote";
export const studioRemoteKeys = ["username", "password"] as const;
export const studioRemoteRootsFile = "remoteRoots.pem";

/** The repository that a session's branches are pushed to. */
export interface StudioRemoteSettings {
  /** Https, without a slash at its end. */
  url: string;
  /** Start of the session's branches, such as `studio/alice/`. */
  branches: string;
}

/** Settings of a gate. */
export interface StudioGateSettings {
  /** Name outside the cluster: that of its certificate, and of the requests that it answers. */
  host: string;
  /** Enrolment ID of the developer whose session it is. */
  developer: string;
  /** Address and port to listen at. */
  listen: string;
  /** Host and port of the session. */
  session: string;
  /** The relay beside the debug peer. */
  relay: { address: string; port: number; host: string };
  /** Name of the chaincode server that the session stands for. */
  server: string;
  /** What may be called from the session, as the gate's own identity, by the debug peer. */
  calls: { channel: string; chaincode: string };
  /** After how long without an open window the session ends, and how long it lives at most; in seconds. */
  idleSeconds: number;
  lifeSeconds: number;
  /** Beside one-time links. */
  oidc?: StudioOidcSettings;
  /** Without it, nothing is pushed. */
  remote?: StudioRemoteSettings;
}

/** Paths of a gate that are its own; all others are the editor's. */
export const studioPaths = {
  /** Start of all. */
  own: "/_studio/",
  /** Answers signed requests of the command. */
  requests: "/_studio/requests",
  /** The page that a one-time link leads to; the link's secret is in its fragment, which no browser sends. */
  enter: "/_studio/enter",
  /** Sends a browser to the provider that signs in, and where the provider sends it back to. */
  signIn: "/_studio/sign-in",
  signedIn: "/_studio/signed-in",
  health: "/_studio/healthz",
} as const;

/** What a developer asks a gate for. */
export const studioActions = ["link", "close", "state"] as const;

/** One of {@link studioActions}. */
export type StudioAction = (typeof studioActions)[number];

/** A request of a developer, signed with the key of her certificate. */
export interface StudioRequest {
  action: StudioAction;
  /** Now, in ISO 8601. */
  at: string;
  /** A random text, different in each request. */
  nonce: string;
  /** PEM. */
  certificate: string;
  /** ECDSA over {@link signedText} with SHA-256, in base64. */
  signature: string;
}

/** What is signed of a request: also for whom it is, so that no other gate takes it. */
export function signedText(
  host: string,
  { action, at, nonce }: Pick<StudioRequest, "action" | "at" | "nonce">,
): string {
  return ["baas studio request", host, action, at, nonce].join("\n");
}

/** What a gate says of its session. */
export interface StudioState {
  /** Whether the editor runs, or is being started. */
  isOpen: boolean;
  /** When it began, in ISO 8601. */
  since?: string;
  /** When it ends at the latest. */
  until?: string;
  /** Windows that are open. */
  windows: number;
  /** Whether the debug peer calls the contract here. */
  isCalled: boolean;
}

/** The answer to a {@link StudioRequest}: for `link`, the secret of a new one-time link, too. */
export interface StudioAnswer {
  state: StudioState;
  link?: string;
}
