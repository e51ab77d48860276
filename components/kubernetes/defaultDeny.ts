/** The NetworkPolicy that every namespace starts with. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { defaultDenyName } from "../../model/contracts/names";
import type { PodSecurity } from "../../model/stackFile/clusterSchema";
import { allowToDns, allowToDnsOfOpenShift } from "./networkAccess";

/** Denies all traffic of a namespace except DNS queries. */
export function defaultDeny(
  name: string,
  namespace: pulumi.Input<string>,
  { labels, security }: { labels: Record<string, string>; security: PodSecurity },
  opts: pulumi.CustomResourceOptions,
): k8s.networking.v1.NetworkPolicy {
  const egress = [allowToDns, ...(security === "openshift" ? [allowToDnsOfOpenShift] : [])];
  return new k8s.networking.v1.NetworkPolicy(
    `${name}-${defaultDenyName}`,
    {
      metadata: { name: defaultDenyName, namespace, labels },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [], egress },
    },
    opts,
  );
}
