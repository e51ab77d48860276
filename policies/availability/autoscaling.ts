import { quantity } from "../../model/contracts/quantity";
import { called, type KubernetesObject, namespaceOf, podOf, replicated, roleOf, scales } from "../kit/objects";
import { podAmount } from "../kit/podResources";
import { stackPolicy, type Violation } from "../kit/policy";

/** Roles whose pods stand in for each other, in any number. */
const scalable = ["gateway", "api", "chaincode"];

/** Autoscalers have bounds that make sense, and touch no nodes. */
export const autoscaling = stackPolicy<{ most: number }>({
  name: "availability-autoscaling",
  level: "mandatory",
  description: "HorizontalPodAutoscalers have sensible bounds, and change the number of no nodes.",
  why:
    "Each peer, orderer and broker is a StatefulSet of its own with one ledger or log: a second pod of it is another node that nobody " +
    "knows. And an autoscaler that may go below the number in the stack file undoes what the other policies ask for.",
  settings: {
    most: { type: "integer", minimum: 1, default: 20, description: "Pods at most that an autoscaler may start." },
  },
  checkStack(objects, { settings, stackFile }) {
    const found: Violation[] = [];
    const targets = objects.filter(({ kind }) => replicated.some((each) => each === kind));
    const seen = new Set<string>();
    for (const object of objects.filter(({ kind }) => kind === "HorizontalPodAutoscaler")) {
      const place = stackFile.place(object, Object.fromEntries(scalable.map((role) => [role, "autoscaling"])));
      const refuse = (message: string): void => void found.push({ place, message, urn: object.urn });
      const { kind, name } = object.body.spec?.scaleTargetRef ?? {};
      const target = targets.find((each) => scales(object, each));
      if (target === undefined) {
        refuse(`it is for ${String(kind)} ${String(name)}, which this stack does not have. Correct its scaleTargetRef`);
        continue;
      }
      const key = `${namespaceOf(target)} ${called(target)}`;
      if (seen.has(key)) refuse(`${called(target)} has another autoscaler: both change its number of pods. Keep one`);
      seen.add(key);
      mistakes(object, target, settings.most).forEach(refuse);
    }
    return found;
  },
});

function mistakes({ body }: KubernetesObject, target: KubernetesObject, most: number): string[] {
  const role = roleOf(target);
  if (role === undefined || !scalable.includes(role))
    return [
      `it changes the number of pods of ${called(target)}, of role ${role}. Only ${scalable.join(", ")} have pods that stand in for each other`,
    ];
  const { minReplicas = 1, maxReplicas, metrics = [] } = body.spec;
  const { spec, count } = podOf(target)!;
  const limit = podAmount(spec, "limits").cpu;
  const found: string[] = [];
  if (!(minReplicas >= count))
    found.push(`it may go down to ${minReplicas} pods of ${count}. Set minReplicas to ${count}, or more`);
  if (!(maxReplicas >= minReplicas))
    found.push(`it may go up to ${maxReplicas} pods, which is less than ${minReplicas}. Write more, or fewer replicas`);
  if (!(maxReplicas <= most))
    found.push(
      `it may start ${maxReplicas} pods. Write ${most}, or fewer, or raise policies.availability-autoscaling.most`,
    );
  for (const { resource } of metrics) {
    const { averageValue } = resource?.target ?? {};
    if (resource?.name !== "cpu" || averageValue === undefined || quantity(averageValue) < limit) continue;
    found.push(
      `it adds pods when they use ${averageValue} of CPU, and they are limited to ${limit}, so it never does. Write less`,
    );
  }
  if (metrics.some(({ resource }: any) => resource?.target?.type === "Utilization") && !requestsAll(spec))
    found.push(
      "it goes by a share of what pods request, and a container requests no CPU. Give all containers requests",
    );
  return found;
}

function requestsAll({ containers = [] }: any): boolean {
  return containers.every((each: any) => each.resources?.requests?.cpu !== undefined);
}
