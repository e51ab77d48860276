/** Names that two sides must agree on, each composed here. The names of nodes are put together in network/planNetwork.ts. */

/** Name of the network controller: of its Deployment, its ServiceAccount, its roles and its Lease. */
export const controllerName = "baas-controller";

/** ClusterRole with what the controller may do in a network's namespace, and nowhere else. */
export const controllerNetworkRole = `${controllerName}-network`;

/** Manager of the objects that containers of services/enrol make. */
export const enrolManager = "baas-enrol";

/** Whether a namespace is Kubernetes' own. Nothing of this project goes there. */
export function isSystemNamespace(namespace: string): boolean {
  return namespace === "default" || namespace.startsWith("kube-");
}

/** Name of the NetworkPolicy that denies all traffic of a namespace. */
export const defaultDenyName = "default-deny";

/** What stands for the organization where objects of the platform must name one. */
export const platformOrganization = "platform";

/** Name of the Rollout of a network, and of the platform. */
export const rolloutName = "nodes";

/** Name of a network's gateway. */
export const gatewayName = "gateway";

/** Name of a network's API server. */
export const apiName = "api";

/** Enrolment ID of the identity that registers all others with a certificate authority. */
export const registrarId = "registrar";

/** Enrolment ID of the identity with which the controller administers an organization. */
export const administratorId = "admin";

/** Name of a node or an identity of an organization: `peer0-org1`, `app-org1`. */
export function nameWithin(organization: string, id: string): string {
  return `${id}-${organization}`;
}

/** Name of the Identity with which the controller administers an organization: `admin-org1`. */
export function administratorIdentity(organization: string): string {
  return nameWithin(organization, administratorId);
}

/** Name of the ConfigMap in which a certificate authority publishes its roots: `ca-org1-roots`. */
export function rootsConfigMapName(certificateAuthority: string): string {
  return `${certificateAuthority}${rootsSuffix}`;
}

/** Name of the certificate authority whose roots a ConfigMap holds; undefined for any other ConfigMap. */
export function authorityOfRoots(configMap: string): string | undefined {
  return configMap.endsWith(rootsSuffix) && configMap !== rootsSuffix
    ? configMap.slice(0, -rootsSuffix.length)
    : undefined;
}

const rootsSuffix = "-roots";

/** Name of the Secret with the registrar of a certificate authority: `ca-org1-registrar`. */
export function registrarSecretName(certificateAuthority: string): string {
  return secretName(certificateAuthority, "registrar");
}

/** Name of the Secret with which an Identity enrols: `app-org1-enrolment`. */
export function enrolmentSecretName(identity: string): string {
  return secretName(identity, "enrolment");
}

/** Name of the Secret with the key and the certificate of an Identity that asks for that: `monitoring-client-certificate`. */
export function clientCertificateSecretName(identity: string): string {
  return secretName(identity, "client-certificate");
}

/** Name of the Secret with the revocation list of a certificate authority: `ca-org1-revocations`. */
export function revocationsSecretName(certificateAuthority: string): string {
  return secretName(certificateAuthority, "revocations");
}

/** What a Secret of the product is for. */
export type SecretUse = (typeof secretUses)[number];

const secretUses = ["registrar", "enrolment", "couchdb", "revocations", "client-certificate", "link-key"] as const;

function secretName(owner: string, use: SecretUse): string {
  return `${owner}-${use}`;
}

/** Name of the Secret with the key that a studio's session and its gate share, in the namespace of either: `studio-alice-link-key`. */
export function linkKeySecretName(session: string): string {
  return secretName(session, "link-key");
}

/** Whose Secret it is, a certificate authority's, an identity's or a peer's, and for what; undefined for any other Secret. */
export function ownerOfSecret(secret: string): { owner: string; use: SecretUse } | undefined {
  const use = secretUses.find((each) => secret.endsWith(secretName("", each)) && secret !== secretName("", each));
  return use && { owner: secret.slice(0, -secretName("", use).length), use };
}

/** Name of the ConfigMap that keeps the genesis block of a channel: `trades-genesis`. */
export function genesisConfigMapName(channel: string): string {
  return `${channel}-genesis`;
}

/** Key of the block in the ConfigMap of {@link genesisConfigMapName}. */
export const genesisBlockKey = "genesis.block";

/** Name of the Service that gives a node's pod a name of its own: `peer0-org1-headless`. */
export function headlessServiceName(node: string): string {
  return `${node}-headless`;
}

/** Name of a node's PersistentVolumeClaim, as Kubernetes composes it from the node's StatefulSet: `data-peer0-org1-0`. */
export function volumeClaimName(node: string): string {
  return `${dataVolume}-${node}-0`;
}

/** Name of the volume of a node's data. */
export const dataVolume = "data";

/** Name of the Secret with the password of the CouchDB beside a peer: `peer0-org1-couchdb`. */
export function couchdbSecretName(peer: string): string {
  return secretName(peer, "couchdb");
}

/** Name of the PodDisruptionBudget of an organization's peers: `org1-peers`. */
export function peersBudget(organization: string): string {
  return `${organization}-peers`;
}

/** Name of the PodDisruptionBudget of the orderers: `orderer-orderers`. */
export function orderersBudget(organization: string): string {
  return `${organization}-orderers`;
}

/**
 * Name of the Job that runs the smoke test of a chaincode version: `asset-transfer-1-0-smoke-test`.
 *
 * @param channel - for a version that runs on several channels: one that is not the first
 */
export function smokeTestJob(chaincodePrefix: string, channel?: string): string {
  return [chaincodePrefix, ...(channel === undefined ? [] : [dnsName(channel)]), "smoke-test"].join("-");
}

/** Name of the server of a chaincode version in one organization: `asset-transfer-1-0-org1`. */
export function chaincodeServerName(prefix: string, organization: string): string {
  return `${prefix}-${organization}`;
}

/** Domain of an organization's nodes outside the cluster: `org1.<domain>`. */
export function organizationDomain(organization: string, domain: string): string {
  return `${organization}.${domain}`;
}

/** Name of a network's API outside the cluster: `api.<domain>`. */
export function apiHostName(domain: string): string {
  return `api.${domain}`;
}

/** Name outside the cluster under which a network's API asks its callers for certificates: `mtls-api.<domain>`. */
export function certificateApiHostName(domain: string): string {
  return `mtls-api.${domain}`;
}

/** Host of a Service inside the cluster: `peer0-org1.dev.svc`. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc`;
}

/** Host and port of a Service inside the cluster: `peer0-org1.dev.svc:7051`. */
export function serviceAddress(service: string, namespace: string, port: number): string {
  return `${serviceHost(service, namespace)}:${port}`;
}

/** External name under which any peer of an organization is reached: `peers.org1.<domain>`. */
export function anyPeerName(organization: string, domain: string): string {
  return `peers.${organizationDomain(organization, domain)}`;
}

/** Makes a name that Kubernetes accepts: in lower case, with a dash for everything except letters and digits. */
export function dnsName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

/** Names under which a Service and the pod behind it are reached in the cluster. */
export function serviceHosts(service: string, namespace: string, clusterDomain: string): string[] {
  return [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.${clusterDomain}`,
    "localhost",
  ];
}
