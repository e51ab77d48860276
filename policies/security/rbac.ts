import { objectPolicy, type Violation } from "../kit/definition";

/** Rights are named. */
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
    const { rules = [], roleRef, subjects = [] } = object.body;
    for (const [i, rule] of rules.entries()) {
      for (const key of ["apiGroups", "resources", "verbs", "nonResourceURLs"]) {
        const wide = (rule[key] ?? []).filter((value: string) => value.includes("*"));
        if (wide.length === 0) continue;
        const message = `rules[${i}].${key} contains "${wide[0]}", which is everything. Name what is needed in ${file}`;
        found.push({ place, message });
      }
    }
    if (roleRef?.kind === "ClusterRole" && settings.builtIn.includes(roleRef.name)) {
      const message = `it gives away the ClusterRole "${roleRef.name}". Write a role with the rights that are needed in ${file}`;
      found.push({ place, message });
    }
    for (const { kind, name } of subjects) {
      if (kind !== "Group" || !/^system:(authenticated|unauthenticated|serviceaccounts)$/.test(name)) continue;
      const message = `it gives rights to "${name}", which is everybody. Name a ServiceAccount in ${file}`;
      found.push({ place, message });
    }
    return found;
  },
});
