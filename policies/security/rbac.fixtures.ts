import { type Fixtures, object } from "../testing/fixtures";
import { rbac } from "./rbac";

const clusterRole = (fields: object, labels: Record<string, string> = {}) =>
  object({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "any", labels },
    ...fields,
  });
const role = (...rules: object[]) => clusterRole({ rules });
const binding = (roleRef: object, ...subjects: object[]) =>
  object({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "any", namespace: "trade" },
    roleRef,
    subjects,
  });
const account = { kind: "ServiceAccount", name: "controller", namespace: "platform" };
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
        `${place} RoleBinding trade/any: it gives away the ClusterRole "cluster-admin". Write a role with the rights that are needed in the program`,
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
        (whom) => `${place} RoleBinding trade/any: it gives rights to ${whom}. Name a ServiceAccount in the program`,
      ),
    },
  ],
  good: [
    {
      title: "named rights for a named account",
      objects: [
        role({ apiGroups: ["baas.io"], resources: ["channels"], verbs: ["get", "watch"] }),
        role({ nonResourceURLs: ["/healthz/*"], verbs: ["get"] }),
        binding({ kind: "Role", name: "cluster-admin" }, account),
      ],
      messages: [],
    },
    {
      title: "a built-in role that the environment allows",
      objects: [binding({ kind: "ClusterRole", name: "edit" }, account)],
      settings: { builtIn: ["cluster-admin"] },
      messages: [],
    },
  ],
};
