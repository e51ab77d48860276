import { objectPolicy } from "../kit/definition";
import { podOf, roleOf, selects } from "../kit/objects";

/** Pods that stand in for each other are on different machines. */
export const spread = objectPolicy<{ strict: string[] }>({
  name: "availability-spread",
  level: "mandatory",
  description: "Pods that stand in for each other are spread over machines.",
  why: "The scheduler may put all consenters, or both gateways, on one machine: its loss then is the loss of all.",
  settings: {
    strict: {
      type: "array",
      items: { type: "string" },
      default: [],
      description:
        "Roles whose pods rather stay Pending than share a machine (DoNotSchedule). The others share one where there are not enough.",
    },
  },
  kinds: ["Deployment", "StatefulSet"],
  check(object, { settings, stackFile }) {
    const pod = podOf(object);
    const role = roleOf(object);
    if (pod === undefined || role === undefined) return [];
    const { topologySpreadConstraints = [], affinity } = pod.spec;
    const strict = settings.strict.includes(role);
    const isOwn = ({ labelSelector }: any): boolean =>
      labelSelector !== undefined && selects(labelSelector, pod.labels);
    const constraints = topologySpreadConstraints.filter(
      (each: any) => each.topologyKey === hostname && isOwn(each) && (!strict || each.whenUnsatisfiable !== anyway),
    );
    const { requiredDuringSchedulingIgnoredDuringExecution: required = [] } = affinity?.podAntiAffinity ?? {};
    const { preferredDuringSchedulingIgnoredDuringExecution: preferred = [] } = affinity?.podAntiAffinity ?? {};
    const terms = [...required, ...(strict ? [] : preferred.map(({ podAffinityTerm }: any) => podAffinityTerm))];
    if (constraints.length > 0 || terms.some((each) => each.topologyKey === hostname && isOwn(each))) return [];
    const how = strict ? "whenUnsatisfiable DoNotSchedule" : "whenUnsatisfiable ScheduleAnyway";
    const message =
      `nothing keeps its pods off the machine of the others of role ${role}${strict ? " at any rate" : ""}. ` +
      `Give them a topologySpreadConstraint over ${hostname}, ${how}, in ${stackFile.component(object)}`;
    return [{ place: stackFile.place(object), message }];
  },
});

const hostname = "kubernetes.io/hostname";
const anyway = "ScheduleAnyway";
