/** What a certificate authority's pod, the controller and clients of the authority agree on. */

/** Name of the CA that issues signing (MSP) certificates. */
export const signingCaName = "ca";
/** Name of the CA that issues TLS certificates. It is the server's default CA, and issues the server's own certificate. */
export const tlsCaName = "tlsca";

/** Keys of the ConfigMap with the roots of an organization. */
export const rootKeys = {
  signing: "ca.pem",
  tls: "tlsca.pem",
  /** What peers pass to Fabric's builder for chaincode as a service: their organization and its root. */
  builder: "ccaas-builder.json",
} as const;

/** Key of the ConfigMap with the root of one of an organization's two CAs. */
export function rootKeyOf(caName: typeof signingCaName | typeof tlsCaName): string {
  return caName === signingCaName ? rootKeys.signing : rootKeys.tls;
}

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
  /** How long the certificates live that the CAs issue, in seconds; a year if it is not set. */
  certificateLife: "ENROL_CERTIFICATE_LIFE_SECONDS",
  timeoutSeconds: "ENROL_TIMEOUT_SECONDS",
} as const;
