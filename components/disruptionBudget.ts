import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { NetworkPlan } from "../infra/stackFile/plan";
import { labels, type Role } from "./labels";

/**
 * Lets drains take one pod of a group at a time. A group of one has no budget: it would block every drain for ever.
 *
 * @param resourceName - name of the Pulumi resource
 * @param count - pods in the group
 */
export function disruptionBudget(
  resourceName: string,
  plan: NetworkPlan,
  group: { organization: string; role: Role; instance?: string },
  count: number,
  opts: pulumi.CustomResourceOptions,
): void {
  if (count < 2) return;
  const own = labels({ network: plan.name, ...group });
  const name = group.instance ?? `${group.organization}-${group.role}s`;
  new k8s.policy.v1.PodDisruptionBudget(
    resourceName,
    {
      metadata: { name, namespace: plan.namespace, labels: own },
      spec: { maxUnavailable: 1, selector: { matchLabels: own } },
    },
    opts,
  );
}
