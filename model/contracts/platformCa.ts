/** What the platform's CA server, the controller and the pods that have a certificate of it agree on. */
import { operationsCaName, type PlatformCaName, rootKeyOf } from "./certificateAuthority";
import { enrolContainerName } from "./enrolment";

/**
 * Name of the platform's CertificateAuthority and of its objects, in the platform's namespace. No organization's is called so.
 * Networks have its roots in a ConfigMap of the same name as the platform has.
 */
export const platformCaName = "platform-ca";

/** Name of the init container that enrols with a CA of the platform. */
export const platformEnrolContainerName = (issuer: PlatformCaName): string => `${enrolContainerName}-${issuer}`;

/** Where the ConfigMap with the root of the CA `operations` is mounted in pods that have metrics. */
export const operationsRootDir = "/etc/baas/operations";

/** The root that readers of metrics have their certificates from, in a pod that mounts {@link operationsRootDir}. */
export const operationsRootFile = `${operationsRootDir}/${rootKeyOf(operationsCaName)}`;

/** Folder of the files that an enrolment with one of the platform's CAs leaves, on a volume that is mounted at /var/hyperledger. */
export function platformCryptoDir(caName: PlatformCaName): string {
  return `/var/hyperledger/${caName}`;
}

/** Where the Secret of an Identity at one of the platform's CAs is mounted. */
export function platformEnrolmentDir(caName: PlatformCaName): string {
  return `/etc/baas/${caName}/enrolment`;
}

/** Where the roots of the platform's CAs are mounted in a container that enrols with one of them. */
export const platformRootsDir = "/etc/baas/platform-roots";

/**
 * Enrolment ID at the platform's CAs, and common name of certificates: `orderer0-orderer.trade`. The namespace is part of it, so that
 * nobody gets the name of another network's node, of a broker or of Prometheus.
 *
 * @param name - without dots, such as the name of a node
 * @param namespace - of the Identity
 */
export function platformEnrolmentId(name: string, namespace: string): string {
  return `${name}.${namespace}`;
}

/** Name of the Identity of a node at one of the platform's CAs: `orderer0-orderer-kafka`. */
export function platformIdentityName(name: string, issuer: PlatformCaName): string {
  return `${name}-${issuer}`;
}

/** Whether an enrolment ID at the platform's CAs is one that an Identity in a namespace may have. */
export function isOfNamespace(enrolmentId: string, namespace: string): boolean {
  const [name = "", ...rest] = enrolmentId.split(".");
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && rest.join(".") === namespace;
}

/**
 * The subject of every certificate that baas itself asks the platform's CAs for, with the enrolment ID as its group, as Java spells
 * names (RFC 2253). It is anchored at both ends: Fabric CA copies O, L, ST and C from the request of whoever has the secret, and a name with
 * one of these must not be taken for anybody. The rule that maps names to Kafka's principals belongs on it.
 */
export const platformSubject = "^CN=([a-z0-9.-]+),OU=client$";
