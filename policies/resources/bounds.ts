import { podOf, roleOf } from "../kit/objects";
import { podAmount } from "../kit/podResources";
import { objectPolicy, type Violation } from "../kit/policy";
import { formatBytes, formatCores, quantitySetting, settingQuantity } from "../kit/quantity";

/** Bounds of a pod: what it requests at least, and may take at most. */
interface Bounds {
  leastMemory?: string;
  mostMemory?: string;
  mostCpu?: string;
}

// An idle peer takes about 75 MiB, an orderer 40, a CA 35, a chaincode on Node 65; a Kafka broker, in Java, hundreds.
const bounds: Record<string, Bounds> = {
  peer: { leastMemory: "96Mi", mostCpu: "16", mostMemory: "64Gi" },
  orderer: { leastMemory: "48Mi", mostCpu: "8", mostMemory: "16Gi" },
  "certificate-authority": { leastMemory: "40Mi", mostCpu: "4", mostMemory: "4Gi" },
  chaincode: { leastMemory: "64Mi", mostCpu: "8", mostMemory: "16Gi" },
  gateway: { leastMemory: "48Mi", mostCpu: "8", mostMemory: "8Gi" },
  controller: { leastMemory: "96Mi", mostCpu: "4", mostMemory: "4Gi" },
  client: { leastMemory: "64Mi", mostCpu: "4", mostMemory: "4Gi" },
  kafka: { leastMemory: "256Mi", mostCpu: "16", mostMemory: "64Gi" },
  default: { mostCpu: "8", mostMemory: "16Gi" },
};

/** A pod requests enough memory for its role, and its limits are reasonable. */
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
          leastMemory: quantitySetting,
          mostMemory: quantitySetting,
          mostCpu: quantitySetting,
        },
        additionalProperties: false,
      },
      default: bounds,
      description:
        "By role: memory that a pod requests at least; CPU and memory that it may take at most. `default` is for pods of " +
        "any other role, and of none. Roles that are not named keep their bounds; those of a role that is are replaced.",
    },
  },
  check(object, { settings, stackFile }) {
    const pod = podOf(object);
    if (pod === undefined) return [];
    const role = roleOf(object);
    const roles: Record<string, Bounds> = { ...bounds, ...settings.roles };
    // A role is any text in a label, such as "constructor".
    const { leastMemory, mostMemory, mostCpu } = roles[Object.hasOwn(roles, role ?? "") ? role! : "default"]!;
    const who = role === undefined ? "a pod without a role" : `a ${role}`;
    const place = stackFile.place(object);
    const change = "Choose another size in the stack file, or set other bounds for the role";
    const requests = podAmount(pod.spec, "requests");
    const limits = podAmount(pod.spec, "limits");
    const found: Violation[] = [];
    const add = (message: string): void => void found.push({ place, message: `${message}. ${change}` });
    if (leastMemory !== undefined && !(requests.memory >= settingQuantity(leastMemory))) {
      add(`its pod requests ${formatBytes(requests.memory)} of memory; ${who} needs ${leastMemory} at least`);
    }
    if (mostMemory !== undefined && !(limits.memory <= settingQuantity(mostMemory))) {
      add(`its pod may take ${formatBytes(limits.memory)} of memory; ${who} gets ${mostMemory} at most`);
    }
    if (mostCpu !== undefined && !(limits.cpu <= settingQuantity(mostCpu))) {
      add(`its pod may take ${formatCores(limits.cpu)} of CPU; ${who} gets ${mostCpu} at most`);
    }
    return found;
  },
});
