/** The NetworkPolicy that every namespace starts with. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { defaultDenyName } from "../../model/contracts/names";
import { allowToDns } from "./networkAccess";

/** Denies all traffic of a namespace except DNS queries. */
export function defaultDeny(
  name: string,
  namespace: pulumi.Input<string>,
  labels: Record<string, string>,
  opts: pulumi.CustomResourceOptions,
): k8s.networking.v1.NetworkPolicy {
  return new k8s.networking.v1.NetworkPolicy(
    `${name}-${defaultDenyName}`,
    {
      metadata: { name: defaultDenyName, namespace, labels },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [], egress: [allowToDns] },
    },
    opts,
  );
}
