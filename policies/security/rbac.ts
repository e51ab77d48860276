import { objectPolicy, type Violation } from "../kit/policy";

/** Verbs with which an account can give itself any rights. */
const escalating = ["escalate", "bind", "impersonate"];

const aggregated = "rbac.authorization.k8s.io/aggregate-to-";

/** Roles name the rights that they give, without wildcards. */
export const rbac = objectPolicy<{ builtIn: string[] }>({
  name: "security-rbac",
  level: "mandatory",
  description: "No role gives rights to everything, and none of Kubernetes' own administrator roles is given away.",
  why:
    "A ServiceAccount that may do everything makes whoever takes over its pod the administrator of the cluster, with all " +
    "Secrets of all networks.",
  settings: {
    builtIn: {
      type: "array",
      items: { type: "string" },
      default: ["cluster-admin", "admin", "edit"],
      description: "ClusterRoles of Kubernetes that no binding may refer to.",
    },
  },
  kinds: ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"],
  check(object, { settings, stackFile }) {
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    const found: Violation[] = [];
    const add = (message: string): void => void found.push({ place, message: `${message} in ${file}` });
    const { rules = [], aggregationRule, roleRef, subjects = [] } = object.body;
    for (const [i, rule] of rules.entries()) {
      for (const key of ["apiGroups", "resources", "verbs", "nonResourceURLs"]) {
        const wide = (rule[key] ?? []).find((value: string) =>
          key === "nonResourceURLs" ? /^\/?\*$/.test(value) : value.includes("*"),
        );
        if (wide === undefined) continue;
        add(`rules[${i}].${key} contains "${wide}", which is everything. Name what is needed`);
      }
      for (const verb of escalating.filter((verb) => rule.verbs?.includes(verb))) {
        add(
          `rules[${i}].verbs contains "${verb}", which lets an account take rights that it was not given. Leave it out`,
        );
      }
    }
    if (aggregationRule !== undefined) {
      add(
        "its aggregationRule gives it the rules of any ClusterRole with certain labels. Name what is needed in rules",
      );
    }
    for (const label of Object.keys(object.labels).filter((key) => key.startsWith(aggregated))) {
      const role = label.slice(aggregated.length);
      add(
        `label ${label} adds its rights to the ClusterRole "${role}", and to all who have that. Bind the role instead`,
      );
    }
    if (roleRef?.kind === "ClusterRole" && settings.builtIn.includes(roleRef.name)) {
      add(`it gives away the ClusterRole "${roleRef.name}". Write a role with the rights that are needed`);
    }
    for (const { kind, name } of subjects) {
      const who = kind === "Group" || kind === "User" ? whoIs(name) : undefined;
      if (who !== undefined) add(`it gives rights to "${name}", which is ${who}. Name a ServiceAccount`);
    }
    return found;
  },
});

/** The accounts behind a group or user name of Kubernetes that covers more than one. */
function whoIs(name: string): string | undefined {
  if (/^system:serviceaccounts:/.test(name)) return "every account of a namespace";
  if (/^system:(anonymous|authenticated|unauthenticated|serviceaccounts)(:|$)/.test(name)) return "everybody";
  return /^system:masters(:|$)/.test(name) ? "every administrator of the cluster" : undefined;
}
