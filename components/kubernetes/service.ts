/** The Service in front of a workload's pods. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import type { ObjectMetadata } from "./metadata";
import { skipAwait } from "./pulumiAnnotations";

/**
 * Creates a Service that leads to the pods with the labels of its metadata.
 *
 * @param resourceName - name of the Pulumi resource
 * @param spec - of the Service, without the selector
 */
export function service(
  resourceName: string,
  metadata: ObjectMetadata,
  spec: Omit<k8sInput.core.v1.ServiceSpec, "selector">,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Service {
  return new k8s.core.v1.Service(
    resourceName,
    {
      metadata: { ...metadata, annotations: { ...skipAwait, ...metadata.annotations } },
      spec: { ...spec, selector: metadata.labels },
    },
    opts,
  );
}

/** A TCP port of a Service, which leads to the same port of the pods, or to another one. */
export function tcpPort(name: string, port: number, targetPort = port): k8sInput.core.v1.ServicePort {
  return { name, port, targetPort, protocol: "TCP" };
}
