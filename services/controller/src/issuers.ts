/** Which CAs an Identity is registered with: both of its organization, or one of the platform's. */
import { type CaName, caNamesOf, operationsCaName } from "../../../model/contracts/certificateAuthority";
import { isOfNamespace } from "../../../model/contracts/platformCa";
import { type CertificateAuthority, type Identity, keyOf } from "./resources";

/** Names of the CAs that an Identity is registered with. */
export function issuersOf({ spec }: Pick<Identity, "spec">): readonly CaName[] {
  return spec.issuer === undefined ? caNamesOf.organization : [spec.issuer];
}

/**
 * Key of the CertificateAuthority of an Identity.
 *
 * @param platformNamespace - the controller's own: no other namespace has the platform's CAs
 */
export function authorityKeyOf({ metadata, spec }: Identity, platformNamespace: string): string {
  const namespace = spec.issuer === undefined ? metadata.namespace : platformNamespace;
  return `${namespace}/${spec.certificateAuthority}`;
}

/** Whether an Identity is one of those that a CertificateAuthority registers, perhaps: for waking, as anybody may claim to be the platform's. */
export function mayBeOf({ metadata, spec }: Identity, authority: CertificateAuthority): boolean {
  const { namespace, name } = authority.metadata;
  const isNear = spec.issuer === undefined ? metadata.namespace === namespace : authority.spec.scope === "platform";
  return isNear && spec.certificateAuthority === name;
}

/** Whether an Identity is registered by a CertificateAuthority, or would be if it were not refused. */
export function isOf(identity: Identity, authority: CertificateAuthority, platformNamespace: string): boolean {
  return authorityKeyOf(identity, platformNamespace) === keyOf(authority);
}

/** Whether a CertificateAuthority says that it is the platform's, and is not: it is in another namespace. */
export function claimsToBePlatforms({ metadata, spec }: CertificateAuthority, platformNamespace: string): boolean {
  return spec.scope === "platform" && metadata.namespace !== platformNamespace;
}

/** Key of the node or server whose pod enrols with an Identity. */
export function enrollingNodeOf({ metadata, spec }: Identity): string {
  return `${metadata.namespace}/${spec.node ?? metadata.name}`;
}

/** Whether an Identity asks the platform for a name that its namespace may not have: that of another network, or of the platform. */
export function asksForForeignName({ metadata, spec }: Identity): boolean {
  return spec.issuer !== undefined && !isOfNamespace(spec.enrolmentId, metadata.namespace);
}

/** Whether the platform refuses an Identity, whatever else there is. */
export function isRefusedByPlatform(identity: Identity, platformNamespace: string): boolean {
  return asksForForeignName(identity) || asksToReadMetrics(identity, platformNamespace);
}

/** Whether an Identity is of a network and asks for a certificate that reads metrics: those of all networks let it in. */
export function asksToReadMetrics({ metadata, spec }: Identity, platformNamespace: string): boolean {
  return spec.issuer === operationsCaName && metadata.namespace !== platformNamespace;
}
