import { quantity } from "../../model/contracts/quantity";
import { podOf, scales } from "../kit/objects";
import { podAmount } from "../kit/podResources";
import { stackPolicy } from "../kit/policy";
import { formatBytes, formatCores, quantitySetting, settingQuantity } from "../kit/quantity";
import { volumeClaims } from "../kit/volumeClaims";

/** All pods and volumes of a stack together stay within its budget. */
export const budget = stackPolicy<{ cpu: string; memory: string; storage: string }>({
  name: "resources-budget",
  level: "mandatory",
  description: "The requests of a stack are within its budget.",
  why: "One network that asks for more than its share leaves the pods of the next one Pending.",
  settings: {
    cpu: { ...quantitySetting, default: "64", description: "CPU that all pods together request at most." },
    memory: { ...quantitySetting, default: "256Gi", description: "Memory that all pods together request at most." },
    storage: { ...quantitySetting, default: "4Ti", description: "Size of all volumes together at most." },
  },
  checkStack(objects, { settings, stackFile }) {
    const sum = { cpu: 0, memory: 0, storage: 0 };
    const autoscalers = objects.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
    for (const object of objects) {
      const pod = podOf(object);
      if (pod !== undefined) {
        const { cpu, memory } = podAmount(pod.spec, "requests");
        const most = autoscalers.filter((each) => scales(each, object)).map(({ body }) => body.spec.maxReplicas ?? 0);
        const count = Math.max(pod.count, ...most);
        sum.cpu += cpu * count;
        sum.memory += memory * count;
      }
      for (const { spec, count } of volumeClaims(object)) {
        sum.storage += quantity(spec.resources?.requests?.storage ?? 0) * count;
      }
    }
    const what = { cpu: "CPU", memory: "memory", storage: "storage" } as const;
    const fields = {
      cpu: "fewer nodes, a smaller size",
      memory: "fewer nodes, a smaller size",
      storage: "smaller peerStorage, caStorage and ordering.storage",
    } as const;
    return (["cpu", "memory", "storage"] as const)
      .filter((key) => !(sum[key] <= settingQuantity(settings[key])))
      .map((key) => ({
        place: `${stackFile.file}: ${stackFile.root}`,
        message:
          `all pods and volumes together request ${(key === "cpu" ? formatCores : formatBytes)(sum[key])} of ` +
          `${what[key]}, the budget is ${settings[key]}. Write ${fields[key]}, or raise policies.resources-budget.${key}`,
      }));
  },
});
