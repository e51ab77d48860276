/** All policies of the pack, in the order in which they are documented. */
import type { Settable } from "../model/project/policyProfile";
import { consenters } from "./availability/consenters";
import { disruptionBudgets } from "./availability/disruptionBudgets";
import { kafkaReplication } from "./availability/kafkaReplication";
import { replicas } from "./availability/replicas";
import { spread } from "./availability/spread";
import { capabilities } from "./fabric/capabilities";
import { certificateLifetimes } from "./fabric/certificateLifetimes";
import { certificateNames } from "./fabric/certificateNames";
import { endorsementBySingle } from "./fabric/endorsementBySingle";
import { endorsementReachable } from "./fabric/endorsementReachable";
import { kafkaNames } from "./fabric/kafkaNames";
import { membersStay } from "./fabric/membersStay";
import { orderingUnchanged } from "./fabric/orderingUnchanged";
import type { Policy } from "./kit/policy";
import { inRange } from "./ports/inRange";
import { noHost } from "./ports/noHost";
import { onlyGateway } from "./ports/onlyGateway";
import { unique } from "./ports/unique";
import { resourceBounds } from "./resources/bounds";
import { budget } from "./resources/budget";
import { requestsAndLimits } from "./resources/requestsAndLimits";
import { statefulRoles } from "./resources/statefulRoles";
import { storageClasses } from "./resources/storageClasses";
import { storageNeverShrinks } from "./resources/storageNeverShrinks";
import { defaultPasswords } from "./security/defaultPasswords";
import { imageRegistries } from "./security/imageRegistries";
import { imageTags } from "./security/imageTags";
import { knownKinds } from "./security/knownKinds";
import { networkPolicies } from "./security/networkPolicies";
import { plainSecrets } from "./security/plainSecrets";
import { podSecurity } from "./security/podSecurity";
import { rbac } from "./security/rbac";
import { tls } from "./security/tls";

/** Name of the pack. */
export const packName = "baas";

/** What the pack is for. */
export const packDescription = "What a Fabric network on Kubernetes may not be.";

/** Every policy. */
export const policies: readonly Policy[] = [
  onlyGateway,
  inRange,
  unique,
  noHost,
  requestsAndLimits,
  resourceBounds,
  budget,
  storageNeverShrinks,
  statefulRoles,
  storageClasses,
  consenters,
  spread,
  disruptionBudgets,
  replicas,
  kafkaReplication,
  knownKinds,
  podSecurity,
  imageTags,
  imageRegistries,
  networkPolicies,
  plainSecrets,
  defaultPasswords,
  rbac,
  tls,
  endorsementBySingle,
  endorsementReachable,
  orderingUnchanged,
  membersStay,
  kafkaNames,
  capabilities,
  certificateNames,
  certificateLifetimes,
];

/** The policies, as far as they can be set. */
export function settable(): Settable[] {
  return policies.map(({ name, level, settings = {} }) => ({ name, level, settings }));
}
