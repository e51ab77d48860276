/** Requests and limits of a pod, as the scheduler counts them. */
import { quantity } from "../../model/contracts/quantity";

/** CPU in cores, memory in bytes. */
export interface Amount {
  cpu: number;
  memory: number;
}

/**
 * Requests or limits of a whole pod: the containers together, or the largest init container where that is more. Init
 * containers that go on running (restartPolicy Always) count with the containers. A missing value counts as 0;
 * an unreadable one makes the sum NaN.
 *
 * Source: Kubernetes documentation, "Init Containers", section "Resource sharing within containers".
 */
export function podAmount(spec: any, list: "requests" | "limits"): Amount {
  const { initContainers = [], containers = [] } = spec;
  const isSidecar = ({ restartPolicy }: any): boolean => restartPolicy === "Always";
  const of = (container: any, key: keyof Amount): number => quantity(container.resources?.[list]?.[key] ?? 0);
  const amount = (key: keyof Amount): number => {
    let running = 0;
    let most = 0;
    for (const init of initContainers) {
      if (isSidecar(init)) running += of(init, key);
      else most = Math.max(most, running + of(init, key));
    }
    const together = containers.reduce((sum: number, each: any) => sum + of(each, key), running);
    return Math.max(most, together);
  };
  return { cpu: amount("cpu"), memory: amount("memory") };
}
