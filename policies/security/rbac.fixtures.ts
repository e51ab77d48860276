import { type Fixtures, object } from "../testing/fixtures";
import { rbac } from "./rbac";

const clusterRole = (fields: object, labels: Record<string, string> = {}) =>
  object({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "any", labels },
    ...fields,
  });
const metadata = { name: "any", namespace: "trade" };
const namespaced = (...rules: object[]) =>
  object({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules });
const role = (...rules: object[]) => clusterRole({ rules });
const binding = (roleRef: object, ...subjects: object[]) =>
  object({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "any", namespace: "trade" },
    roleRef,
    subjects,
  });
const account = { kind: "ServiceAccount", name: "baas-controller", namespace: "baas-platform" };
const orAllow = (setting: string) =>
  `, or allow it by policies.security-rbac.${setting} in stacks/environments/bank.yaml`;
const place = "stacks/Pulumi.trade.yaml: baas:network:";

export const fixtures: Fixtures = {
  policy: rbac,
  bad: [
    {
      title: "rights to everything",
      objects: [
        role(
          { apiGroups: ["*"], resources: ["pods"], verbs: ["get"] },
          { apiGroups: [""], resources: ["*/scale"], verbs: ["*"] },
          { nonResourceURLs: ["/*"], verbs: ["get"] },
        ),
      ],
      messages: [
        `${place} ClusterRole any: rules[0].apiGroups contains "*", which is everything. Name what is needed in the program`,
        `${place} ClusterRole any: rules[1].resources contains "*/scale", which is everything. Name what is needed in the program`,
        `${place} ClusterRole any: rules[1].verbs contains "*", which is everything. Name what is needed in the program`,
        `${place} ClusterRole any: rules[2].nonResourceURLs contains "/*", which is everything. Name what is needed in the program`,
      ],
    },
    {
      title: "rights to take rights",
      objects: [
        role({ apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["get", "escalate", "bind"] }),
        role({ apiGroups: [""], resources: ["users"], verbs: ["impersonate"] }),
      ],
      messages: ["escalate", "bind", "impersonate"].map(
        (verb) =>
          `${place} ClusterRole any: rules[0].verbs contains "${verb}", which lets an account take rights that it was not given. Leave it out in the program`,
      ),
    },
    {
      title: "roles that are made of others, or added to them",
      objects: [
        clusterRole({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } }),
        clusterRole({}, { "rbac.authorization.k8s.io/aggregate-to-admin": "true" }),
      ],
      messages: [
        `${place} ClusterRole any: its aggregationRule gives it the rules of any ClusterRole with certain labels. Name what is needed in rules in the program`,
        `${place} ClusterRole any: label rbac.authorization.k8s.io/aggregate-to-admin adds its rights to the ClusterRole "admin", and to all who have that. Bind the role instead in the program`,
      ],
    },
    {
      title: "the administrator's role",
      objects: [binding({ kind: "ClusterRole", name: "cluster-admin" }, account)],
      messages: [
        `${place} RoleBinding trade/any: it gives away the ClusterRole "cluster-admin". Write a role with the rights that are needed in the program${orAllow("roles")}`,
      ],
    },
    {
      title: "rights for everybody",
      objects: [
        binding(
          { kind: "Role", name: "any" },
          ...["authenticated", "serviceaccounts", "serviceaccounts:trade", "masters"].map((name) => ({
            kind: "Group",
            name: `system:${name}`,
          })),
          { kind: "User", name: "system:anonymous" },
        ),
      ],
      messages: [
        `"system:authenticated", which is everybody`,
        `"system:serviceaccounts", which is everybody`,
        `"system:serviceaccounts:trade", which is every account of a namespace`,
        `"system:masters", which is every administrator of the cluster`,
        `"system:anonymous", which is everybody`,
      ].map(
        (whom) =>
          `${place} RoleBinding trade/any: it gives rights to ${whom}. Name a ServiceAccount in the program${orAllow("subjects")}`,
      ),
    },
    {
      title: "rights that the product does not need",
      objects: [
        role(
          { apiGroups: [""], resources: ["secrets"], verbs: ["list"] },
          { nonResourceURLs: ["/healthz"], verbs: ["get"] },
        ),
        namespaced({ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }),
      ],
      messages: [
        `${place} ClusterRole any: rules[0] gives "list" of "secrets", which no role of the product does. Leave it out in the program${orAllow("rights")}`,
        `${place} ClusterRole any: rules[1] gives "get" of "/healthz", which no role of the product does. Leave it out in the program${orAllow("rights")}`,
        `${place} Role trade/any: rules[0] gives "get" of any of "configmaps", which no role of the product does. Leave it out in the program${orAllow("rights")}`,
      ],
    },
    {
      title: "accounts of others, and what gives accounts more",
      objects: [
        binding({ kind: "Role", name: "any" }, { ...account, name: "default" }, { kind: "User", name: "mallory" }),
        object({
          apiVersion: "v1",
          kind: "ServiceAccount",
          metadata: { ...metadata, annotations: { "eks.amazonaws.com/role-arn": "a" } },
        }),
        object({ apiVersion: "v1", kind: "Secret", metadata, type: "kubernetes.io/service-account-token" }),
      ],
      messages: [
        `${place} RoleBinding trade/any: it gives rights to "baas-platform/default", which is an account of another namespace. Name a ServiceAccount of the stack in the program${orAllow("subjects")}`,
        `${place} RoleBinding trade/any: it gives rights to "mallory", which is a user outside the stack. Name a ServiceAccount in the program${orAllow("subjects")}`,
        `${place} ServiceAccount trade/any: annotation eks.amazonaws.com/role-arn may give the account rights outside the cluster. Leave it out in the program${orAllow("accountAnnotations")}`,
        `${place} Secret trade/any: it is a token of a ServiceAccount that never ends. Mount a projected token instead in the program`,
      ],
    },
    {
      title: "rights in other objects and their texts",
      objects: [
        object({ apiVersion: "baas.io/v1alpha1", kind: "Channel", metadata, spec: { roleRef: { name: "admin" } } }),
        object({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata,
          data: { "run.sh": "#!/bin/sh\nkubectl create rolebinding a --clusterrole admin\n" },
        }),
        object({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata,
          data: { "rules.yaml": "rules: [{ apiGroups: ['*'], verbs: [get], resources: [pods] }]" },
        }),
      ],
      messages: [
        `stacks/Pulumi.trade.yaml: baas:network.channels: Channel trade/any: spec.roleRef gives away the ClusterRole "admin". Write a role with the rights that are needed in the program${orAllow("roles")}`,
        `${place} ConfigMap trade/any: entry "run.sh" gives away the ClusterRole "admin". Write a role with the rights that are needed in the program${orAllow("roles")}`,
        `stacks/Pulumi.trade.yaml: baas:network: ConfigMap trade/any: entry "run.sh" runs kubectl, which makes objects that no policy is asked about. Declare them in the program`,
        `${place} ConfigMap trade/any: rules[0].apiGroups in entry "rules.yaml" contains "*", which is everything. Name what is needed in the program`,
      ],
    },
  ],
  good: [
    {
      title: "rights that the product needs, for its own accounts",
      objects: [
        role({ apiGroups: ["baas.io"], resources: ["channels"], verbs: ["get", "watch"] }),
        namespaced({ apiGroups: [""], resources: ["configmaps"], resourceNames: ["ca-org1-roots"], verbs: ["get"] }),
        binding({ kind: "Role", name: "cluster-admin" }, account, {
          kind: "ServiceAccount",
          name: "ca",
          namespace: "trade",
        }),
        binding({ kind: "ClusterRole", name: "baas-controller-network" }, account),
      ],
      messages: [],
    },
    {
      title: "what the environment allows",
      objects: [
        binding({ kind: "ClusterRole", name: "edit" }, account, { kind: "Group", name: "auditors" }),
        role(
          { nonResourceURLs: ["/healthz/*"], verbs: ["get"] },
          { apiGroups: ["batch"], resources: ["jobs"], verbs: ["list"] },
        ),
      ],
      settings: {
        roles: ["edit"],
        subjects: ["Group auditors"],
        rights: [
          { nonResourceURLs: ["/healthz/*"], verbs: ["get"] },
          { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list"] },
        ],
      },
      messages: [],
    },
  ],
};
