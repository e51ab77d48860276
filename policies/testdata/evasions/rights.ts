/** Attempts by rights. */
import {
  account,
  binding,
  clusterWide,
  configMap,
  evasion,
  identity,
  ofPlatform,
  own,
  rbacVersion as apiVersion,
  role,
  toolWith,
  toolWithEnv,
} from "../../testing/evasion";

const rbac = "security-rbac";
const clusterRole = (fields: object, labels = {}) =>
  clusterWide({ apiVersion, kind: "ClusterRole", metadata: { name: "any", labels }, ...fields }, "platform-bank");
const clusterBinding = (name: string, subject: object = account("baas-controller", "baas-platform")) =>
  clusterWide(
    {
      ...{ apiVersion, kind: "ClusterRoleBinding", metadata: { name: "any" } },
      ...{ roleRef: { kind: "ClusterRole", name }, subjects: [subject] },
    },
    "platform-bank",
  );
const yaml = (value: unknown): string => JSON.stringify(value);
const everything = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };

/** Rights that the product does not give. */
export const ofRights = [
  ...[
    "system:aggregate-to-admin",
    "system:aggregate-to-edit",
    "system:controller:generic-garbage-collector",
    "view",
    "admin",
    "system:node",
  ].map((name) =>
    evasion(
      rbac,
      `the ClusterRole ${name} in a network`,
      binding({ kind: "ClusterRole", name }, account("peer0-org1")),
    ),
  ),
  evasion(rbac, "an aggregating system role in the cluster", clusterBinding("system:aggregate-to-admin")),
  evasion(rbac, "the role for Secrets of networks in the whole cluster", clusterBinding("baas-controller-network")),
  evasion(rbac, "a role that somebody else may have made", clusterBinding("anything")),
  evasion(
    rbac,
    "the controller's role for an account of the network",
    binding({ kind: "ClusterRole", name: "baas-controller-network" }, account("tool")),
  ),
  evasion(
    rbac,
    "the controller's role in the cluster for another account",
    clusterBinding("baas-controller", account("default", "baas-platform")),
  ),
  evasion(
    rbac,
    "reading all Secrets of a namespace",
    role({ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] }),
  ),
  evasion(
    rbac,
    "reading Secrets of the cluster",
    clusterRole({ rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }] }),
  ),
  evasion(
    rbac,
    "the right of one role in another",
    clusterRole({ rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] }),
  ),
  evasion(rbac, "programs in pods", role({ apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] })),
  evasion(
    rbac,
    "tokens of other accounts",
    role({ apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] }),
  ),
  evasion(rbac, "pods with any account", role({ apiGroups: [""], resources: ["pods"], verbs: ["create"] })),
  evasion(
    rbac,
    "any ConfigMap where the product names one",
    role({ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }),
  ),
  evasion(
    rbac,
    "roles to bind",
    role({ apiGroups: [apiVersion.split("/")[0]], resources: ["rolebindings"], verbs: ["create"] }),
  ),
  evasion(
    rbac,
    "machines through the kubelet",
    clusterRole({ rules: [{ apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] }] }),
  ),
  evasion(
    rbac,
    "a listed resource of another group",
    role({ apiGroups: ["example.com"], resources: ["configmaps"], verbs: ["create"] }),
  ),
  evasion(rbac, "paths of the API server", clusterRole({ rules: [{ nonResourceURLs: ["/api"], verbs: ["get"] }] })),
  evasion(
    rbac,
    "rights added to Kubernetes' view",
    clusterRole({ rules: [] }, { "rbac.authorization.k8s.io/aggregate-to-view": "true" }),
  ),
  evasion(rbac, "an account of another namespace", binding({ kind: "Role", name: "any" }, account("default", "loans"))),
  evasion(
    rbac,
    "an account of the platform that is not the controller",
    binding({ kind: "Role", name: "any" }, account("default", "baas-platform")),
  ),
  evasion(rbac, "a user", binding({ kind: "Role", name: "any" }, { kind: "User", name: "mallory" })),
  evasion(rbac, "a group", binding({ kind: "Role", name: "any" }, { kind: "Group", name: "contractors" })),
  evasion(rbac, "a rule in a custom resource", identity({ permissions: [{ rules: [everything] }] })),
  evasion(
    rbac,
    "a roleRef in a custom resource",
    identity({ roleRef: { kind: "ClusterRole", name: "cluster-admin" } }),
  ),
  evasion(rbac, "the name of a ClusterRole in a custom resource", identity({ clusterRoleName: "cluster-admin" })),
  evasion(
    rbac,
    "a ClusterRoleBinding in a file of a ConfigMap",
    configMap({
      "rbac.yaml": yaml({
        apiVersion,
        kind: "ClusterRoleBinding",
        metadata: { name: "any" },
        roleRef: { kind: "ClusterRole", name: "cluster-admin" },
        subjects: [],
      }),
    }),
  ),
  evasion(
    rbac,
    "the rules of a chart in a file of a ConfigMap",
    configMap({ "values.yaml": yaml({ rbac: { rules: [everything] } }) }),
  ),
  evasion(rbac, "a rule in an annotation", configMap({}, { annotations: { "example.com/rules": yaml([everything]) } })),
  evasion(
    rbac,
    "a binding by arguments",
    toolWith({
      args: ["kubectl", "create", "rolebinding", "any", "--clusterrole=cluster-admin", "--serviceaccount=trade:tool"],
    }),
  ),
  evasion(
    rbac,
    "a binding by a script in a ConfigMap",
    configMap({ "run.sh": "#!/bin/sh\nkubectl create clusterrolebinding any --clusterrole cluster-admin\n" }),
  ),
  evasion(
    rbac,
    "a cloud's role for an account",
    own({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "any", annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/admin" } },
    }),
  ),
  evasion(
    rbac,
    "a token that never ends",
    ofPlatform({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "any", annotations: { "kubernetes.io/service-account.name": "baas-controller" } },
      type: "kubernetes.io/service-account-token",
    }),
  ),
  evasion(
    rbac,
    "the lease of the scheduler",
    role({
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      resourceNames: ["kube-scheduler"],
      verbs: ["update"],
    }),
  ),
  evasion(
    rbac,
    "a ConfigMap that is no certificate authority's",
    role({
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: ["ca-org1-roots", "peer0-org1"],
      verbs: ["get"],
    }),
  ),
  evasion(
    rbac,
    "objects that are named by nothing",
    role({ apiGroups: [""], resources: ["configmaps"], resourceNames: [""], verbs: ["get"] }),
  ),
  evasion(rbac, "the account of all pods that name none", binding({ kind: "Role", name: "any" }, account("default"))),
  evasion(
    rbac,
    "kubectl that makes a role",
    toolWith({ args: ["kubectl", "create", "clusterrole", "x", "--verb=*", "--resource=*"] }),
  ),
  evasion(
    rbac,
    "kubectl that runs a pod",
    toolWith({
      command: ["/usr/bin/kubectl", "run", "x", "--privileged", "--overrides", '{"spec":{"hostNetwork":true}}'],
    }),
  ),
  evasion(rbac, "helm in a script of an argument", toolWith({ args: ["sh", "-c", "set -e; helm upgrade x ./x"] })),
  evasion(
    rbac,
    "kubectl in a script of a ConfigMap",
    configMap({ "a.sh": "#!/bin/sh\nexec kubectl -n kube-system apply -f x\n" }),
  ),
  evasion(rbac, "kubectl in a variable", toolWithEnv({ RUN: "kubectl apply -f https://example.com/x.yaml" })),
];
