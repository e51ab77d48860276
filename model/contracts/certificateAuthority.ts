/** What a certificate authority's pod, the controller and clients of the authority agree on. */

/** Name of the CA that issues signing (MSP) certificates. */
export const signingCaName = "ca";
/** Name of the CA that issues TLS certificates. */
export const tlsCaName = "tlsca";
/**
 * Name of the platform's CA for everything that speaks to Kafka. Brokers trust it alone. It is the one of the platform's CAs whose
 * certificates are good for servers, so that Prometheus and Alertmanagers have theirs from it, too; no ACL names them.
 */
export const kafkaCaName = "kafka";
/** Name of the platform's CA for everything that reads metrics. Every node trusts it there, beside its organization's TLS CA. */
export const operationsCaName = "operations";

/** Whom a CA server is for. */
export type CaScope = keyof typeof caNamesOf;

/**
 * Names of the two CAs of a server. The second is the server's default CA, and issues the server's own certificate: nobody who
 * trusts `kafka` is to meet a certificate that was not asked for.
 */
export const caNamesOf = {
  organization: [signingCaName, tlsCaName],
  platform: [kafkaCaName, operationsCaName],
} as const;

/** Name of a CA. */
export type CaName = (typeof caNamesOf)[CaScope][number];

/** Name of one of the platform's CAs. */
export type PlatformCaName = (typeof caNamesOf)["platform"][number];

/** Name of the CA that issues the certificate of the server that a CA is in. */
export function serverCaOf(caName: CaName): CaName {
  return Object.values(caNamesOf).find((names) => (names as readonly string[]).includes(caName))![1];
}

/** Keys of the ConfigMap with the roots of an organization. */
export const rootKeys = {
  signing: "ca.pem",
  tls: "tlsca.pem",
  /** What peers pass to Fabric's builder for chaincode as a service: their organization and its root. */
  builder: "ccaas-builder.json",
} as const;

/** Key of the ConfigMap with the roots of a server: that of the root of one of its CAs. */
export function rootKeyOf(caName: CaName): string {
  return `${caName}.pem`;
}

/**
 * Key of the Secret with the revocation list of a certificate authority's signing CA. It is no secret; it is in a Secret because
 * the controller may change no other object of a network that pods read.
 */
export const revocationsKey = "ca.crl";

/** Keys of the Secret with the registrar of a certificate authority. */
export const registrarKeys = { username: "username", password: "password" } as const;

/**
 * Keys of further passwords in that Secret: the one that replaces `password`, until both CAs have it, and the one that `password` has
 * replaced, which a CA has whose volume was restored.
 */
export const otherPasswordKeys = { next: "nextPassword", previous: "previousPassword" } as const;

/** Where the volume of a certificate authority is mounted. */
export const caHome = "/var/hyperledger/fabric-ca";
/** Where the Secret of the registrar is mounted. */
export const registrarDir = "/etc/baas/registrar";

/** Environment variables of the containers that prepare a certificate authority and publish its roots. */
export const caVariables = {
  organization: "ENROL_ORGANIZATION",
  mspId: "ENROL_MSP_ID",
  domain: "ENROL_DOMAIN",
  /** Names that the server's own certificate carries, with commas between them. */
  hosts: "ENROL_CA_HOSTS",
  home: "ENROL_CA_HOME",
  registrarDir: "ENROL_REGISTRAR_DIR",
  /** Name of the ConfigMap that the roots are published in. */
  rootsConfigMap: "ENROL_ROOTS_CONFIGMAP",
  network: "ENROL_NETWORK",
  /** The server's {@link CaScope}; `organization` if it is not set. */
  scope: "ENROL_CA_SCOPE",
  /** File with the root of those who read metrics, if other than usual. */
  operationsRoot: "ENROL_OPERATIONS_ROOT",
  /** How long the certificates live that the CAs issue, in seconds; a year if it is not set. */
  certificateLife: "ENROL_CERTIFICATE_LIFE_SECONDS",
  timeoutSeconds: "ENROL_TIMEOUT_SECONDS",
} as const;
