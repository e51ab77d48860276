/** How a gateway is reached from outside the cluster. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { ports } from "../../model/contracts/ports";
import type { IpFamilies } from "../../model/stackFile/clusterSchema";
import type { ExposureConfig } from "../../model/stackFile/schema";
import { serviceFamilies } from "../kubernetes/addressFamily";
import type { ObjectMetadata } from "../kubernetes/metadata";
import { service, tcpPort } from "../kubernetes/service";

/** Where a gateway is reached. */
export interface ExposedPort {
  exposure: ExposureConfig;
  /** Its port outside the cluster. */
  port: number;
}

/**
 * Creates the Service in front of the pods. Its type decides whether it has a port outside the cluster itself.
 *
 * @param name - name of the Pulumi resource
 */
export function exposedService(
  name: string,
  metadata: ObjectMetadata,
  { exposure, port, ipFamilies }: ExposedPort & { ipFamilies: IpFamilies },
  opts: pulumi.CustomResourceOptions,
): void {
  const isNodePort = exposure.type === "NodePort";
  const isLoadBalancer = exposure.type === "LoadBalancer";
  service(
    name,
    { ...metadata, annotations: exposure.annotations },
    {
      type: isNodePort || isLoadBalancer ? exposure.type : "ClusterIP",
      ...serviceFamilies(ipFamilies),
      ports: [{ ...tcpPort("tls", port, ports.gateway), ...(isNodePort && { nodePort: port }) }],
      // Preserves the clients' addresses, for limits and the access log.
      ...((isNodePort || isLoadBalancer) && { externalTrafficPolicy: "Local" }),
      ...(isLoadBalancer && exposure.loadBalancerClass && { loadBalancerClass: exposure.loadBalancerClass }),
    },
    opts,
  );
}

/**
 * Creates the route from the cluster's own gateway (Gateway API) to the Service, if the environment has one.
 *
 * @param name - name of the Pulumi resource
 */
export function tlsRoute(
  name: string,
  metadata: ObjectMetadata,
  { exposure, port, hostnames }: ExposedPort & { hostnames: string[] },
  opts: pulumi.CustomResourceOptions,
): void {
  if (exposure.gateway === undefined) return;
  const { sectionName, ...parent } = exposure.gateway;
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "TLSRoute",
      metadata,
      spec: {
        parentRefs: [{ ...parent, port, ...(sectionName !== undefined && { sectionName }) }],
        hostnames,
        rules: [{ backendRefs: [{ name: metadata.name, port }] }],
      },
    },
    opts,
  );
}

/** From anywhere: a gateway is the one entrance. */
export const fromAnywhere: k8sInput.networking.v1.NetworkPolicyIngressRule[] = [
  { ports: [{ protocol: "TCP", port: ports.gateway }] },
];
