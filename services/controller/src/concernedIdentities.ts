/** Which authorities and identities a change concerns. */
import { authorityOfRoots as authorityNamedBy, rootsConfigMapName } from "../../../model/contracts/names";
import { platformCaName } from "../../../model/contracts/platformCa";
import { isReady } from "./conditions";
import { serviceOf } from "./endpoints";
import { enrollingNodeOf, mayBeOf } from "./issuers";
import { certificateAuthorities, identities } from "./kinds";
import { inNamespaceOf, type SeenObjects } from "./objects";
import { instanceOf, type SeenPod } from "./pods";
import type { Change } from "./reflector";
import {
  type CertificateAuthority,
  type ConfigMap,
  type EndpointSlice,
  type Identity,
  keyOf,
  type KubernetesObject,
} from "./resources";

/** The authority whose Service it is, unless it is ready. */
export function waitingAuthority({ object }: Change<EndpointSlice>, objects: SeenObjects): string[] {
  const authority = objects.get(certificateAuthorities, serviceOf(object));
  return authority && !isReady(authority) ? [keyOf(authority)] : [];
}

/** The authority whose roots a ConfigMap holds. The platform's says which networks have others than it, and the pods of a network wait for them. */
export function authorityOfRoots({ object: { metadata } }: Change<ConfigMap>, objects: SeenObjects): string[] {
  const authority = authorityNamedBy(metadata.name);
  if (authority === undefined) return [];
  const all = authority === platformCaName ? objects.list(certificateAuthorities) : [];
  const concerned = all.filter((one) => one.spec.scope === "platform" || waitsNear(one, metadata));
  return [`${metadata.namespace}/${authority}`, ...concerned.map(keyOf)];
}

const waitsNear = (authority: CertificateAuthority, { namespace }: KubernetesObject["metadata"]): boolean =>
  authority.metadata.namespace === namespace && !isReady(authority);

/** A ConfigMap with the roots of the platform's CAs. */
export function platformRoots({ key, object }: Change<ConfigMap>): string[] {
  return object.metadata.name === rootsConfigMapName(platformCaName) ? [key] : [];
}

/** The identities of an authority. */
export function identitiesOf({ object }: Change<CertificateAuthority>, objects: SeenObjects): string[] {
  return objects
    .list(identities)
    .filter((identity) => mayBeOf(identity, object))
    .map(keyOf);
}

/** The authority of an identity. */
export function authorityOfIdentity({ object }: Change<Identity>, objects: SeenObjects): string[] {
  return objects
    .list(certificateAuthorities)
    .filter((authority) => mayBeOf(object, authority))
    .map(keyOf);
}

/** The identities that a pod enrols with. */
export function identitiesOfPod({ object }: Change<SeenPod>, objects: SeenObjects): string[] {
  return objects
    .list(identities)
    .filter((identity) => enrollingNodeOf(identity) === instanceOf(object))
    .map(keyOf);
}

/** The identities with the same enrolment ID at the same authority. */
export function rivals({ object }: Change<Identity>, objects: SeenObjects): string[] {
  const { certificateAuthority, enrolmentId } = object.spec;
  return inNamespaceOf(object, objects.list(identities))
    .filter(({ spec }) => spec.certificateAuthority === certificateAuthority && spec.enrolmentId === enrolmentId)
    .map(keyOf);
}
