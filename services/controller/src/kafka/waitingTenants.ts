/** Whom a change of the platform wakes. */
import type { Which } from "../changes";
import { isReady } from "../conditions";
import { kafkaTenants } from "../kinds";
import { type CertificateAuthority, type Identity, keyOf } from "../resources";

/** The KafkaTenants of all networks that are not ready, if it is a CA or an Identity of the platform that has changed. */
export const waitingTenants: Which<CertificateAuthority | Identity> = ({ object: { spec } }, objects) => {
  const isOfPlatform = "enrolmentId" in spec ? spec.issuer !== undefined : spec.scope === "platform";
  if (!isOfPlatform) return [];
  return objects
    .list(kafkaTenants)
    .filter((tenant) => !isReady(tenant))
    .map(keyOf);
};
