import { object, type Fixtures } from "../testing/fixtures";
import { rbac } from "./rbac";

const role = (...rules: object[]) =>
  object({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "any" }, rules });
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
          { nonResourceURLs: ["/metrics/*"], verbs: ["get"] },
        ),
      ],
      messages: [
        `${place} ClusterRole any: rules[0].apiGroups contains "*", which is everything. Name what is needed in the program`,
        `${place} ClusterRole any: rules[1].resources contains "*/scale", which is everything. Name what is needed in the program`,
        `${place} ClusterRole any: rules[1].verbs contains "*", which is everything. Name what is needed in the program`,
        `${place} ClusterRole any: rules[2].nonResourceURLs contains "/metrics/*", which is everything. Name what is needed in the program`,
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
      objects: [binding({ kind: "Role", name: "any" }, { kind: "Group", name: "system:authenticated" })],
      messages: [
        `${place} RoleBinding trade/any: it gives rights to "system:authenticated", which is everybody. Name a ServiceAccount in the program`,
      ],
    },
  ],
  good: [
    {
      title: "named rights for a named account",
      objects: [
        role({ apiGroups: ["baas.io"], resources: ["channels"], verbs: ["get", "watch"] }),
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
