/** Which ports an object opens outside the cluster. */
import type { KubernetesObject } from "./objects";

/**
 * Ports outside the cluster: of a Service its node ports, a load balancer's ports and those at external addresses, of a
 * Gateway its listeners', of a route those of its Gateway. A NodePort without a number is returned as undefined: the cluster
 * chooses it, without regard to the environment's range. A load balancer's node ports count if they have a number.
 */
export function outsidePorts({ apiVersion, kind, body }: KubernetesObject): (number | undefined)[] {
  const { type, ports = [], externalIPs = [], listeners = [], parentRefs = [] } = body.spec ?? {};
  if (kind === "Service") {
    const isBalanced = type === "LoadBalancer";
    const all = ports.flatMap(({ port, nodePort }: any) => [
      ...(isBalanced || externalIPs.length > 0 ? [port] : []),
      ...(type === "NodePort" || (isBalanced && nodePort !== undefined) ? [nodePort] : []),
    ]);
    return [...new Set<number | undefined>(all)];
  }
  if (kind === "Gateway" && apiVersion.startsWith("gateway.networking.k8s.io/")) {
    return [...new Set<number>(listeners.map(({ port }: any) => port))];
  }
  if (kind.endsWith("Route")) return parentRefs.flatMap(({ port }: any) => port ?? []);
  return [];
}

/** Kinds that may open a port. */
export const exposing = ["Service", "Gateway", "TLSRoute", "HTTPRoute", "GRPCRoute", "TCPRoute", "UDPRoute"];
