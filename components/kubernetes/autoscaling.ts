/** The HorizontalPodAutoscaler of a workload whose pods stand in for each other. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { AutoscalingConfig } from "../../model/stackFile/autoscalingSchema";
import type { ObjectMetadata } from "./metadata";

/** Fields of a workload that its autoscaler owns: what is there stays, whatever the number that the workload begins with. */
export const ownedByAutoscaler = (autoscaling: AutoscalingConfig | undefined): string[] =>
  autoscaling === undefined ? [] : ["spec.replicas"];

/**
 * Has Kubernetes add and remove pods by the CPU that they use. That is an amount, not a share of what they request, so that the
 * size profile does not decide when pods are added. Needs the cluster's metrics server; without it, the number stays.
 *
 * @param resourceName - name of the Pulumi resource
 * @param metadata - of the workload
 * @param replicas - pods at least
 */
export function autoscaler(
  resourceName: string,
  metadata: ObjectMetadata,
  kind: "Deployment" | "StatefulSet",
  { replicas, autoscaling }: { replicas: number; autoscaling?: AutoscalingConfig | undefined },
  opts: pulumi.CustomResourceOptions,
): void {
  if (autoscaling === undefined) return;
  const { maxReplicas, cpu } = autoscaling;
  new k8s.autoscaling.v2.HorizontalPodAutoscaler(
    resourceName,
    {
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind, name: metadata.name },
        minReplicas: replicas,
        maxReplicas,
        metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "AverageValue", averageValue: cpu } } }],
      },
    },
    opts,
  );
}
