/** Where the pods of a workload run. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";

import type { PodSettings } from "../../model/stackFile/podSchema";

const hostname = "kubernetes.io/hostname";

/**
 * Spreads pods with these labels over the nodes of the cluster, as evenly as possible, and over more places if asked to.
 *
 * @param places - what the files ask for; an entry for the nodes takes the place of the default
 */
export function spread(
  matchLabels: Record<string, string>,
  places: PodSettings["topologySpread"] = [],
): k8sInput.core.v1.TopologySpreadConstraint[] {
  const nodes = { topologyKey: hostname, maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" as const };
  const all = places.some(({ topologyKey }) => topologyKey === hostname) ? places : [nodes, ...places];
  return all.map((place) => ({ ...place, labelSelector: { matchLabels } }));
}
