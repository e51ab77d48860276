/** Addresses of nodes, as custom resources have them. */
import type { HostPort } from "@baas/fabric";

/** The two halves of `host:port`. */
export function hostPort(address: string): HostPort {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
