/** The ServiceAccount of a workload. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { ObjectMetadata } from "./metadata";

/**
 * Creates a ServiceAccount whose token is not mounted automatically. A container that calls the Kubernetes API mounts it.
 *
 * @param resourceName - name of the Pulumi resource
 */
export function serviceAccount(
  resourceName: string,
  metadata: ObjectMetadata,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ServiceAccount {
  return new k8s.core.v1.ServiceAccount(resourceName, { metadata, automountServiceAccountToken: false }, opts);
}
