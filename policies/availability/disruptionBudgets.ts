import { stackPolicy, type Violation } from "../kit/definition";
import { byNamespace, called, organizationOf, podOf, roleOf, selects, type KubernetesObject } from "../kit/objects";

/** Maintenance of the cluster takes one of several pods at a time. */
export const disruptionBudgets = stackPolicy({
  name: "availability-disruption-budgets",
  level: "mandatory",
  description: "Pods that stand in for each other have a PodDisruptionBudget, which lets one of them go.",
  why:
    "A drain takes all consenters, or all peers of an organization, at once: the channel stops for as long as they take to " +
    "start elsewhere. A budget that lets none go stops the drain for ever instead.",
  checkStack(objects, { stackFile }) {
    const budgets = objects.filter(({ kind }) => kind === "PodDisruptionBudget");
    const budgetsIn = byNamespace(budgets);
    const workloadsIn = byNamespace(objects.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet"));
    const groups = new Map<string, { members: KubernetesObject[]; count: number }>();
    for (const object of objects.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet")) {
      const role = roleOf(object);
      const pod = podOf(object);
      if (role === undefined || pod === undefined) continue;
      // Nodes of a kind stand in for each other; the pods of a Deployment for each other only.
      const kin = object.kind === "StatefulSet" ? organizationOf(object) : object.name;
      const key = [object.namespace, object.kind, role, kin].join("\0");
      const group = groups.get(key) ?? { members: [], count: 0 };
      group.members.push(object);
      groups.set(key, { ...group, count: group.count + pod.count });
    }
    const found: Violation[] = [];
    for (const { members, count } of groups.values()) {
      if (count < 2) continue;
      for (const object of members) {
        const matching = (budgetsIn.get(object.namespace) ?? []).filter((budget) => covers(budget, object));
        const place = stackFile.place(object);
        const file = stackFile.component(object);
        if (matching.length === 0) {
          const message = `${count} pods of role ${roleOf(object)} stand in for each other, and no PodDisruptionBudget selects these. Give them one with maxUnavailable 1 in ${file}`;
          found.push({ place, message, urn: object.urn });
        }
        if (matching.length > 1) {
          const names = matching.map(called).join(" and ");
          const message = `${names} both select its pods: evictions of them fail. Keep one of the two`;
          found.push({ place, message, urn: object.urn });
        }
      }
    }
    for (const budget of budgets) {
      const covered = (workloadsIn.get(budget.namespace) ?? []).filter((object) => covers(budget, object));
      const count = covered.reduce((sum, object) => sum + podOf(object)!.count, 0);
      if (count === 0 || letsGo(budget.body.spec ?? {}, count)) continue;
      const message = `it lets none of its ${count} pod${count === 1 ? "" : "s"} go, so no machine can be drained. Set maxUnavailable to 1 in ${stackFile.component(budget)}`;
      found.push({ place: stackFile.place(budget), message, urn: budget.urn });
    }
    return found;
  },
});

function covers(budget: KubernetesObject, object: KubernetesObject): boolean {
  const pod = podOf(object);
  return pod !== undefined && selects(budget.body.spec?.selector, pod.labels);
}

/** Whether a budget over this many pods lets at least one go. */
function letsGo({ maxUnavailable, minAvailable }: any, count: number): boolean {
  const number = (value: unknown): number =>
    String(value).endsWith("%") ? Math.ceil((parseFloat(String(value)) / 100) * count) : Number(value);
  if (maxUnavailable !== undefined) return number(maxUnavailable) > 0;
  return minAvailable === undefined || number(minAvailable) < count;
}
