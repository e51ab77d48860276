/** The namespace of a network, and what holds in it from the beginning. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import type { PodsPlan } from "../../model/stackFile/mergedPods";
import type { Cluster } from "./cluster";
import { controllerAccess } from "./controllerAccess";
import { defaultDeny } from "./defaultDeny";
import { restrictedNamespaceLabels } from "./podSecurity";

/** Arguments of {@link networkNamespace}. */
export interface NetworkNamespaceArgs {
  plan: { name: string; namespace: string; pods: PodsPlan };
  cluster: Cluster;
  /** Namespace of the network controller. */
  platformNamespace: pulumi.Input<string>;
}

/**
 * Creates a network's namespace, which outlives the network, denies all traffic in it, and gives the controller its rights there.
 *
 * @param name - name of the network's component, and of the Pulumi resources
 * @returns the namespace, and all objects
 */
export function networkNamespace(
  name: string,
  { plan, cluster, platformNamespace }: NetworkNamespaceArgs,
  parent: pulumi.Resource,
): { namespace: k8s.core.v1.Namespace; started: pulumi.Resource[] } {
  const own = labels({ network: plan.name });
  // Retained: the volumes with the ledger, and the Secrets that unlock them, are in it.
  const namespace = new k8s.core.v1.Namespace(
    name,
    { metadata: { name: plan.namespace, labels: { ...own, ...restrictedNamespaceLabels } } },
    { parent, provider: cluster.retainedProvider, retainOnDelete: true },
  );
  const within = { parent, dependsOn: [namespace] };
  const traffic = defaultDeny(name, plan.namespace, { labels: own, security: plan.pods.security }, within);
  const access = controllerAccess(
    `${name}-controller`,
    { namespace: plan.namespace, labels: own, platformNamespace },
    within,
  );
  return { namespace, started: [namespace, traffic, access] };
}
