/** What a pod that enrols, the container that does so, and the controller agree on. */

/** Name of the init container that enrols. */
export const enrolContainerName = "enrol";

/** Name of the init container that makes the roots of a certificate authority. */
export const initCaContainerName = "init-ca";

/** Keys of the Secret with which an Identity enrols. */
export const enrolmentKeys = { id: "enrolmentId", secret: "enrolmentSecret" } as const;

/**
 * Optional key of the Secrets that a node and a CA server start with: a time in ISO 8601. At its next start the node renews every
 * certificate that is valid since before.
 */
export const renewIssuedBeforeKey = "renewIssuedBefore";

/**
 * Optional keys of an Identity's Secret, by which the controller has the node replace its private keys, and keeps account of that.
 */
export const newKeysKeys = {
  /**
   * When new keys were asked for, in ISO 8601. At its next start the node makes them beside those that it has, and enrols them, unless
   * it has answered this request.
   */
  requested: "newKeysRequested",
  /** Which prepared keys the node uses from its next start on: a {@link KeyReport.next}, or {@link anyNewKeys}. */
  use: "newKeysUse",
  /** The {@link KeyReport.next} that the channels are being told; for the controller alone. */
  announced: "newKeysAnnounced",
  /** The last request that was answered; for the controller alone. */
  answered: "newKeysAnswered",
} as const;

/** Value of {@link newKeysKeys.use} for a node that nobody knows by its key. */
export const anyNewKeys = "any";

/** What an enrolment says of a node's keys, as the termination message of its container. Keys are named by a hash of the public key. */
export interface KeyReport {
  /** The request that the keys in use answer, in ISO 8601; absent if they were never replaced. */
  answered?: string;
  /** The TLS key in use. */
  tls: string;
  /** The TLS key that is prepared; absent if there is none. */
  next?: string;
}

/** Reads a {@link KeyReport}; undefined for any other termination message. */
export function parseKeyReport(message: string | undefined): KeyReport | undefined {
  try {
    const { answered, tls, next } = JSON.parse(message ?? "") as Record<string, unknown>;
    if (typeof tls !== "string") return undefined;
    return {
      ...(typeof answered === "string" && { answered }),
      tls,
      // Keys that are in use are not prepared any more, whatever a crash has left of them.
      ...(typeof next === "string" && next !== tls && { next }),
    };
  } catch {
    return undefined;
  }
}

/** Where the roots of the organization are mounted. */
export const rootsDir = "/etc/baas/roots";
/** Where the Secret of the Identity is mounted. */
export const enrolmentDir = "/etc/baas/enrolment";
/** Folder of the files that an enrolment leaves. */
export const cryptoDir = "/var/hyperledger/crypto";

/** Files of the MSP that an enrolment leaves, below {@link mspDir}. */
export const mspFiles = {
  signingRoot: "cacerts/ca.pem",
  tlsRoot: "tlscacerts/tlsca.pem",
  signingCertificate: "signcerts/cert.pem",
  signingKey: "keystore/key.pem",
  config: "config.yaml",
} as const;

/** Files that an enrolment leaves, below {@link cryptoDir}. */
export const nodeFiles = {
  signingRoot: `msp/${mspFiles.signingRoot}`,
  tlsRootOfMsp: `msp/${mspFiles.tlsRoot}`,
  signingCertificate: `msp/${mspFiles.signingCertificate}`,
  signingKey: `msp/${mspFiles.signingKey}`,
  mspConfig: `msp/${mspFiles.config}`,
  tlsCertificate: "tls/server.crt",
  tlsKey: "tls/server.key",
  tlsRoot: "tls/ca.crt",
} as const;

/** Where the Secrets of further client identities are mounted, each in a folder with the client's name. */
export const clientsEnrolmentDir = "/etc/baas/clients";

/** Folder of the files that the enrolment of a further client identity leaves, below {@link cryptoDir}. */
export const clientFolder = (client: string): string => `clients/${client}`;

/** Files of keys that are being replaced, below {@link cryptoDir}. */
export const newKeysFiles = {
  /** Prepared keys and their certificates. */
  folder: "new-keys",
  /** Below the folder: the request that they answer. It is written last. */
  request: "request",
  /** The request that the keys in use answer. */
  answered: "new-keys-answered",
} as const;

/** File with TLS key and certificate, as Kafka and ZooKeeper read them, that an enrolment with the CA for Kafka leaves, too. */
export const keyStoreFile = "tls/server.pem";

/** Folder of the MSP that an enrolment leaves. */
export const mspDir = `${cryptoDir}/msp`;

/** Paths of the TLS files that an enrolment leaves. */
export const tlsFiles = {
  certificate: `${cryptoDir}/${nodeFiles.tlsCertificate}`,
  key: `${cryptoDir}/${nodeFiles.tlsKey}`,
  root: `${cryptoDir}/${nodeFiles.tlsRoot}`,
};

/** Environment variables of a container that enrols. */
export const enrolVariables = {
  caUrl: "ENROL_CA_URL",
  /** Names that the certificates carry, with commas between them. */
  hosts: "ENROL_HOSTS",
  /** The one CA that a TLS certificate is wanted from, if not both of the organization. */
  caName: "ENROL_CA_NAME",
  outputDir: "ENROL_OUTPUT_DIR",
  rootsDir: "ENROL_ROOTS_DIR",
  secretDir: "ENROL_SECRET_DIR",
  /** Further client identities that are enrolled, too: their names, with commas between them. */
  clients: "ENROL_CLIENTS",
  clientsSecretDir: "ENROL_CLIENTS_SECRET_DIR",
  /** The file of the container's termination message. */
  reportFile: "ENROL_REPORT_FILE",
  /** Longest wait for the certificate authority, in seconds; 0 for no limit. */
  timeoutSeconds: "ENROL_TIMEOUT_SECONDS",
} as const;
