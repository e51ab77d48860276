/** The PodDisruptionBudget of a group of replicas. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { ObjectMetadata } from "./metadata";

/**
 * Lets drains evict one pod of a group at a time. A group of one gets no budget, which would block every drain for ever.
 *
 * @param resourceName - name of the Pulumi resource
 * @param metadata - of the budget; its labels select the pods
 * @param count - pods in the group
 */
export function disruptionBudget(
  resourceName: string,
  metadata: ObjectMetadata,
  count: number,
  opts: pulumi.CustomResourceOptions,
): void {
  if (count < 2) return;
  new k8s.policy.v1.PodDisruptionBudget(
    resourceName,
    {
      metadata,
      spec: { maxUnavailable: 1, selector: { matchLabels: metadata.labels } },
    },
    opts,
  );
}
