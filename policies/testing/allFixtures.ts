/** The fixtures of all policies, in the order of the pack. */
import { fixtures as consenters } from "../availability/consenters.fixtures";
import { fixtures as disruptionBudgets } from "../availability/disruptionBudgets.fixtures";
import { fixtures as kafkaReplication } from "../availability/kafkaReplication.fixtures";
import { fixtures as replicas } from "../availability/replicas.fixtures";
import { fixtures as spread } from "../availability/spread.fixtures";
import { fixtures as capabilities } from "../fabric/capabilities.fixtures";
import { fixtures as certificateLifetimes } from "../fabric/certificateLifetimes.fixtures";
import { fixtures as certificateNames } from "../fabric/certificateNames.fixtures";
import { fixtures as endorsementBySingle } from "../fabric/endorsementBySingle.fixtures";
import { fixtures as endorsementReachable } from "../fabric/endorsementReachable.fixtures";
import { fixtures as kafkaNames } from "../fabric/kafkaNames.fixtures";
import { fixtures as membersStay } from "../fabric/membersStay.fixtures";
import { fixtures as orderingUnchanged } from "../fabric/orderingUnchanged.fixtures";
import { fixtures as inRange } from "../ports/inRange.fixtures";
import { fixtures as noHost } from "../ports/noHost.fixtures";
import { fixtures as onlyGateway } from "../ports/onlyGateway.fixtures";
import { fixtures as unique } from "../ports/unique.fixtures";
import { fixtures as resourceBounds } from "../resources/bounds.fixtures";
import { fixtures as budget } from "../resources/budget.fixtures";
import { fixtures as requestsAndLimits } from "../resources/requestsAndLimits.fixtures";
import { fixtures as statefulRoles } from "../resources/statefulRoles.fixtures";
import { fixtures as storageClasses } from "../resources/storageClasses.fixtures";
import { fixtures as storageNeverShrinks } from "../resources/storageNeverShrinks.fixtures";
import { fixtures as defaultPasswords } from "../security/defaultPasswords.fixtures";
import { fixtures as imageRegistries } from "../security/imageRegistries.fixtures";
import { fixtures as imageTags } from "../security/imageTags.fixtures";
import { fixtures as knownKinds } from "../security/knownKinds.fixtures";
import { fixtures as networkPolicies } from "../security/networkPolicies.fixtures";
import { fixtures as plainSecrets } from "../security/plainSecrets.fixtures";
import { fixtures as podSecurity } from "../security/podSecurity.fixtures";
import { fixtures as rbac } from "../security/rbac.fixtures";
import { fixtures as tls } from "../security/tls.fixtures";
import type { Fixtures } from "./fixtures";

export const allFixtures: readonly Fixtures[] = [
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
