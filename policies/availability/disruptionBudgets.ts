import {
  byNamespace,
  called,
  kin,
  type KubernetesObject,
  namespaceOf,
  podCount,
  podOf,
  replicated,
  roleOf,
  selects,
} from "../kit/objects";
import { stackPolicy, type Violation } from "../kit/policy";

/** Maintenance of the cluster evicts one of several replicas at a time. */
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
    const workloadsIn = byNamespace(objects.filter(({ kind }) => replicated.some((each) => each === kind)));
    const found: Violation[] = [];
    for (const members of kin(objects)) {
      const count = podCount(members);
      if (count < 2) continue;
      for (const object of members) {
        const matching = (budgetsIn.get(namespaceOf(object)) ?? []).filter((budget) => covers(budget, object));
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
      const covered = (workloadsIn.get(namespaceOf(budget)) ?? []).filter((object) => covers(budget, object));
      const count = podCount(covered);
      const allowed = letsGo(budget.body.spec ?? {}, count);
      const wide = selectsEverything(budget);
      if (wide || (count === 0 && letsNoneGo(budget.body.spec ?? {}))) {
        const what = wide
          ? "selects all pods of its namespace"
          : "lets none of its pods go, so no machine can be drained";
        const message = `it ${what}. Name one group, and set maxUnavailable to 1 in ${stackFile.component(budget)}`;
        found.push({ place: stackFile.place(budget), message, urn: budget.urn });
        continue;
      }
      if (count === 0 || allowed === 1) continue;
      const of = `of its ${count} pod${count === 1 ? "" : "s"} go`;
      const what = allowed > 1 ? `${allowed} ${of} at once` : `none ${of}, so no machine can be drained`;
      const message = `it lets ${what}. Set maxUnavailable to 1 in ${stackFile.component(budget)}`;
      found.push({ place: stackFile.place(budget), message, urn: budget.urn });
    }
    return found;
  },
});

/** Whether a budget selects an object's pods. One without a selector selects none; an empty selector selects all. */
function covers({ body }: KubernetesObject, object: KubernetesObject): boolean {
  const selector = body.spec?.selector ?? undefined;
  return selector !== undefined && selects(selector, podOf(object)!.labels);
}

/** How many pods of a group a budget allows to be evicted at once. Kubernetes rounds both percentages up. */
function letsGo({ maxUnavailable, minAvailable }: any, count: number): number {
  const number = (value: unknown): number =>
    String(value).endsWith("%") ? Math.ceil((parseFloat(String(value)) / 100) * count) : Number(value);
  const allowed = maxUnavailable !== undefined ? number(maxUnavailable) : count - number(minAvailable ?? 0);
  return Math.min(Math.max(allowed, 0), count);
}

function selectsEverything({ body }: KubernetesObject): boolean {
  const { matchLabels = {}, matchExpressions = [] } = body.spec?.selector ?? { matchLabels: { none: "" } };
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** Whether a budget lets no pod go, however many there are. */
function letsNoneGo({ maxUnavailable, minAvailable }: any): boolean {
  return ["0", "0%"].includes(String(maxUnavailable)) || String(minAvailable) === "100%";
}
