/** Objects of the project's own kinds, which model/customResources defines. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { apiVersion } from "../../model/contracts/apiGroup";
import type { ObjectMetadata } from "./metadata";
import { waitForReady } from "./pulumiAnnotations";

/**
 * Creates a custom resource. Pulumi waits until the controller has set its condition Ready, unless an annotation says
 * {@link skipAwait}; `apply` waits in any case.
 *
 * @param resourceName - name of the Pulumi resource
 */
export function customResource(
  resourceName: string,
  kind: string,
  metadata: ObjectMetadata,
  spec: object,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    resourceName,
    { apiVersion, kind, metadata: { ...metadata, annotations: { ...waitForReady, ...metadata.annotations } }, spec },
    opts,
  );
}
