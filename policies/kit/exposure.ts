/** Which ports an object opens outside the cluster. */
import type { KubernetesObject } from "./objects";

/**
 * Ports outside the cluster: of a Service its node ports or a load balancer's ports, of a route those of its Gateway. A
 * NodePort without a number gets one from the cluster, which is no number of the environment's; it is given as undefined.
 */
export function outsidePorts({ kind, body }: KubernetesObject): (number | undefined)[] {
  const { type, ports = [], parentRefs = [] } = body.spec ?? {};
  if (kind === "Service" && type === "NodePort") return ports.map(({ nodePort }: any) => nodePort);
  if (kind === "Service" && type === "LoadBalancer") return ports.map(({ port }: any) => port);
  if (kind.endsWith("Route")) return parentRefs.flatMap(({ port }: any) => port ?? []);
  return [];
}

/** Kinds that may open a port. */
export const exposing = ["Service", "TLSRoute", "HTTPRoute", "GRPCRoute", "TCPRoute", "UDPRoute"];
