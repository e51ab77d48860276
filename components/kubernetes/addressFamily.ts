/** IP families: what Services have, and where servers listen. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";

import type { IpFamilies } from "../../model/stackFile/clusterSchema";

/** Fields of a Service for its IP families. Without any, the cluster gives its own. */
export function serviceFamilies(families: IpFamilies): Partial<k8sInput.core.v1.ServiceSpec> {
  if (families === undefined) return {};
  // Required, not preferred: a cluster with one family would else say nothing.
  return { ipFamilies: families, ipFamilyPolicy: families.length > 1 ? "RequireDualStack" : "SingleStack" };
}

/**
 * The host of a listen address that takes connections from everywhere. A server on `[::]` takes those by IPv4, too; where the
 * kernel has no IPv6, there is no such address.
 */
export function anyAddress(families: IpFamilies): "0.0.0.0" | "[::]" {
  return families?.includes("IPv6") ? "[::]" : "0.0.0.0";
}
