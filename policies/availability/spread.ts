import { kin, type KubernetesObject, podOf, roleOf, selects } from "../kit/objects";
import { stackPolicy, texts } from "../kit/policy";

/** Replicas run on different machines. */
export const spread = stackPolicy<{ strict: string[] }>({
  name: "availability-spread",
  level: "mandatory",
  description: "Pods that stand in for each other are spread over machines.",
  why: "The scheduler may put all consenters, or both gateways, on one machine: its loss then is the loss of all.",
  settings: {
    strict: {
      ...texts,
      description:
        "Roles whose pods rather stay Pending than share a machine (DoNotSchedule, maxSkew 1). The others share one where there are not enough.",
    },
  },
  checkStack(objects, { settings, stackFile }) {
    return kin(objects).flatMap((group) =>
      group.flatMap((object) => {
        const role = roleOf(object)!;
        const strict = settings.strict.includes(role);
        if (isSpread(object, group, strict)) return [];
        const how = strict ? "whenUnsatisfiable DoNotSchedule and maxSkew 1" : "whenUnsatisfiable ScheduleAnyway";
        const message =
          `nothing keeps its pods off the machine of the others of role ${role}${strict ? " at any rate" : ""}. ` +
          `Give them a topologySpreadConstraint over ${hostname} that selects them all, ${how}, in ${stackFile.component(object)}`;
        return [{ place: stackFile.place(object), message, urn: object.urn }];
      }),
    );
  },
});

const hostname = "kubernetes.io/hostname";

/** Whether a workload's pods avoid the machines of the whole group. A constraint on part of the group is not enough. */
function isSpread(object: KubernetesObject, group: readonly KubernetesObject[], strict: boolean): boolean {
  const { spec, labels: own } = podOf(object)!;
  const { topologySpreadConstraints = [], affinity } = spec;
  const { requiredDuringSchedulingIgnoredDuringExecution: required = [] } = affinity?.podAntiAffinity ?? {};
  const { preferredDuringSchedulingIgnoredDuringExecution: preferred = [] } = affinity?.podAntiAffinity ?? {};
  const constraints = strict
    ? topologySpreadConstraints.filter(
        ({ whenUnsatisfiable, maxSkew }: any) => whenUnsatisfiable !== "ScheduleAnyway" && maxSkew === 1,
      )
    : topologySpreadConstraints;
  const terms = [...required, ...(strict ? [] : preferred.map(({ podAffinityTerm }: any) => podAffinityTerm))];
  return [...constraints, ...terms].some(
    ({ topologyKey, labelSelector, matchLabelKeys = [] }: any) =>
      topologyKey === hostname &&
      // A constraint without a selector selects no pods.
      (labelSelector ?? undefined) !== undefined &&
      group.every((each) => {
        const { labels } = podOf(each)!;
        return selects(labelSelector, labels) && matchLabelKeys.every((key: string) => labels[key] === own[key]);
      }),
  );
}
