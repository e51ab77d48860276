/** Where the pods of a workload run. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";

/** Spreads pods with these labels over the nodes of the cluster, as evenly as possible. */
export function spread(matchLabels: Record<string, string>): k8sInput.core.v1.TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels },
  };
}
