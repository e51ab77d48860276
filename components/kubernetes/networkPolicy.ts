/** The NetworkPolicy of a workload. Its rules are made in networkAccess.ts. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import type { ObjectMetadata } from "./metadata";

/** What a {@link networkPolicy} lets through. */
export interface AllowedTraffic {
  ingress: k8sInput.networking.v1.NetworkPolicyIngressRule[];
  egress: k8sInput.networking.v1.NetworkPolicyEgressRule[];
}

/**
 * Creates the NetworkPolicy of the pods with the labels of its metadata. All other traffic is denied, in both directions.
 *
 * @param resourceName - name of the Pulumi resource
 */
export function networkPolicy(
  resourceName: string,
  metadata: ObjectMetadata,
  { ingress, egress }: AllowedTraffic,
  opts: pulumi.CustomResourceOptions,
): k8s.networking.v1.NetworkPolicy {
  return new k8s.networking.v1.NetworkPolicy(
    resourceName,
    {
      metadata,
      spec: { podSelector: { matchLabels: metadata.labels }, policyTypes: ["Ingress", "Egress"], ingress, egress },
    },
    opts,
  );
}
