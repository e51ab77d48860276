/** The admission policy that keeps the networks' objects apart from everything else in the cluster, as Platform installs it. */
import { group } from "./apiGroup";
import { networkLabel, partOfLabel, productName, roleLabel } from "./labels";
import { controllerName } from "./names";

/** Name of the admission policy, and of its binding. */
export const ownershipPolicyName = `ownership.${group}`;

/** CEL: the labels of an object, if there is one. */
const labelsOf = (object: string): string =>
  `${object} != null && has(${object}.metadata.labels) ? ${object}.metadata.labels : {}`;

/** CEL: whether labels are those of an object of this project. */
const isOurs = (of: string): string =>
  `("${networkLabel}" in ${of} || ("${partOfLabel}" in ${of} && ${of}["${partOfLabel}"] == "${productName}"))`;

/** CEL: whether the labels of an object, which may have none, are those of this project. */
const isOursIfAny = (object: string): string =>
  `(${object} != null && has(${object}.metadata) && has(${object}.metadata.labels) && ${isOurs(`${object}.metadata.labels`)})`;

/** CEL: the network that labels name; empty for the platform. */
const networkOf = (of: string): string => `("${networkLabel}" in ${of} ? ${of}["${networkLabel}"] : "")`;

/** A rule of an admission policy, for resources of some API groups. */
function rule(apiGroups: string[], resources: string[]) {
  return { apiGroups, apiVersions: ["*"], resources, operations: ["CREATE", "UPDATE"] };
}

// A wildcard leaves out subresources, through which labels can be set, too.
const everything = [rule(["*"], ["*"]), rule([""], ["namespaces/*"])];

/** What a cluster writes all the time. It is nobody's, so the API server need not look at it. */
const busy = [
  rule(["", "events.k8s.io"], ["events"]),
  rule(["coordination.k8s.io"], ["leases"]),
  rule(["", "discovery.k8s.io"], ["endpoints", "endpointslices"]),
  rule(["authentication.k8s.io", "authorization.k8s.io"], ["*"]),
];

/** CEL: whether a peer's StatefulSet has CouchDB beside the peer. */
const hasCouchDb = (of: string): string => `${of}.spec.template.spec.containers.exists(c, c.name == "couchdb")`;

/** Both peers of an organization would go down at once, and stay down: a ledger is bound to its state database. */
const stateDatabaseStays = {
  expression:
    `request.kind.kind != "StatefulSet" || oldObject == null || ` +
    `!("${roleLabel}" in variables.now) || variables.now["${roleLabel}"] != "peer" || ` +
    `${hasCouchDb("object")} == ${hasCouchDb("oldObject")}`,
  messageExpression: `variables.what + ": stateDatabase cannot be changed: the peer's ledger is bound to it. Keep the one that it has"`,
};

/** Whoever changes a pod template runs what it wants with the node's keys. The controller only needs the update strategy. */
const controllerKeepsTemplates = {
  expression:
    `request.kind.kind != "StatefulSet" || oldObject == null || ` +
    `!request.userInfo.username.endsWith(":${controllerName}") || object.spec.template == oldObject.spec.template`,
  messageExpression: `variables.what + ": the controller never changes a pod template"`,
};

/**
 * Brokers know a client by its name alone: nobody gets a name of another namespace from the platform's CAs. The controller refuses it, too,
 * also for objects without labels.
 */
const namesAtPlatformAreOwn = {
  expression:
    `request.kind.kind != "Identity" || request.kind.group != "${group}" || !has(object.spec.issuer) || ` +
    `object.spec.enrolmentId.matches("^[a-z0-9]([-a-z0-9]*[a-z0-9])?[.]" + request.namespace + "$")`,
  messageExpression: `variables.what + ": at the platform's CAs, enrolmentId is a name without dots, a dot, and the namespace " + request.namespace`,
};

/**
 * Only the platform's namespace has the CA of this scope. Its name is not known here, but its labels are: it is of no network. The
 * controller, which knows the name, refuses others, too, also those without labels.
 */
const scopePlatformIsOfPlatform = {
  expression:
    `request.kind.kind != "CertificateAuthority" || request.kind.group != "${group}" || !has(object.spec.scope) || ` +
    `object.spec.scope != "platform" || (${isOurs("variables.around")} && ${networkOf("variables.around")} == "")`,
  messageExpression: `variables.what + ": scope platform is for the CertificateAuthority in the platform's namespace"`,
};

/** `spec` of the ValidatingAdmissionPolicy. */
export const ownershipPolicySpec = {
  failurePolicy: "Fail",
  matchConstraints: { resourceRules: everything, excludeResourceRules: busy },
  matchConditions: [
    {
      name: "has-labels-of-baas",
      expression: `${isOursIfAny("object")} || (request.kind.kind == "Namespace" && ${isOursIfAny("oldObject")})`,
    },
  ],
  variables: [
    { name: "now", expression: labelsOf("object") },
    { name: "before", expression: labelsOf("oldObject") },
    { name: "around", expression: labelsOf("namespaceObject") },
    { name: "network", expression: networkOf("variables.now") },
    {
      // Another product may have the same name; in namespaces that are not ours, its objects are its own affair.
      name: "elsewhere",
      expression: `request.kind.kind != "Namespace" && namespaceObject != null && variables.network == "" && !${isOurs("variables.around")}`,
    },
    { name: "what", expression: `request.kind.kind + " " + request.name` },
  ],
  validations: [
    {
      // Without its label, the next pod in it would be refused below.
      expression: `request.kind.kind != "Namespace" || !${isOurs("variables.before")} || ${isOurs("variables.now")}`,
      messageExpression: `variables.what + " keeps its labels: without them it would get no pods any more"`,
    },
    {
      expression: `variables.elsewhere || oldObject == null || !${isOurs("variables.now")} || (${isOurs("variables.before")} && ${networkOf("variables.before")} == variables.network)`,
      messageExpression:
        `variables.what + " was there before, and does not belong to " + ` +
        `(variables.network == "" ? "the platform" : "network " + variables.network) + ". Nothing takes it over: " + ` +
        `(request.kind.kind == "Namespace" ? "choose another namespace in the stack file" : "delete or rename it first")`,
    },
    {
      expression: `variables.elsewhere || namespaceObject == null || request.kind.kind == "Namespace" || (${isOurs("variables.around")} && ${networkOf("variables.around")} == variables.network)`,
      messageExpression:
        `"namespace " + request.namespace + " does not belong to " + ` +
        `(variables.network == "" ? "the platform" : "network " + variables.network) + ": choose another namespace in the stack file"`,
    },
    stateDatabaseStays,
    controllerKeepsTemplates,
    namesAtPlatformAreOwn,
    scopePlatformIsOfPlatform,
  ],
};

/** `spec` of the ValidatingAdmissionPolicyBinding. */
export const ownershipBindingSpec = { policyName: ownershipPolicyName, validationActions: ["Deny"] };
