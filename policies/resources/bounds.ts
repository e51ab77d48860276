import { objectPolicy, type Violation } from "../kit/definition";
import { podOf, roleOf, workloads } from "../kit/objects";
import { podAmount } from "../kit/podResources";
import { formatBytes, formatCores, quantity } from "../kit/quantity";

/** Bounds of a pod: what it requests at least, and may take at most. */
interface Bounds {
  leastMemory?: string;
  mostMemory?: string;
  mostCpu?: string;
}

// An idle peer takes about 75 MiB, an orderer 40, a CA 35, a chaincode on Node 65.
const bounds: Record<string, Bounds> = {
  peer: { leastMemory: "96Mi", mostCpu: "16", mostMemory: "64Gi" },
  orderer: { leastMemory: "48Mi", mostCpu: "8", mostMemory: "16Gi" },
  "certificate-authority": { leastMemory: "40Mi", mostCpu: "4", mostMemory: "4Gi" },
  chaincode: { leastMemory: "64Mi", mostCpu: "8", mostMemory: "16Gi" },
  gateway: { leastMemory: "48Mi", mostCpu: "8", mostMemory: "8Gi" },
  controller: { leastMemory: "96Mi", mostCpu: "4", mostMemory: "4Gi" },
  client: { leastMemory: "64Mi", mostCpu: "4", mostMemory: "4Gi" },
};

/** A pod requests enough for what it is, and takes no more than one should. */
export const resourceBounds = objectPolicy<{ roles: Record<string, Bounds> }>({
  name: "resources-bounds",
  level: "mandatory",
  description: "A pod's resources are within the bounds of its role.",
  why:
    "A node that requests less memory than it takes when it is idle is evicted first; one that may take a whole machine " +
    "is a mistake in a number.",
  settings: {
    roles: {
      type: "object",
      additionalProperties: {
        type: "object",
        properties: {
          leastMemory: { type: "string" },
          mostMemory: { type: "string" },
          mostCpu: { type: "string" },
        },
        additionalProperties: false,
      },
      default: bounds,
      description: "By role: memory that a pod requests at least; CPU and memory that it may take at most.",
    },
  },
  kinds: workloads,
  check(object, { settings, stackFile }) {
    const pod = podOf(object);
    const role = roleOf(object);
    if (pod === undefined || role === undefined) return [];
    const { leastMemory, mostMemory, mostCpu } = settings.roles[role] ?? {};
    const place = stackFile.place(object);
    const change = "Choose another size in the stack file, or set other bounds for the role";
    const requests = podAmount(pod.spec, "requests");
    const limits = podAmount(pod.spec, "limits");
    const found: Violation[] = [];
    const add = (message: string): void => void found.push({ place, message: `${message}. ${change}` });
    if (leastMemory !== undefined && requests.memory < quantity(leastMemory)) {
      add(`its pod requests ${formatBytes(requests.memory)} of memory; a ${role} needs ${leastMemory} at least`);
    }
    if (mostMemory !== undefined && limits.memory > quantity(mostMemory)) {
      add(`its pod may take ${formatBytes(limits.memory)} of memory; a ${role} gets ${mostMemory} at most`);
    }
    if (mostCpu !== undefined && limits.cpu > quantity(mostCpu)) {
      add(`its pod may take ${formatCores(limits.cpu)} CPU; a ${role} gets ${mostCpu} at most`);
    }
    return found;
  },
});
