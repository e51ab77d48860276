/** How changes of a network's nodes roll. */
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { rolloutName } from "../../model/contracts/names";
import type { RolloutNode, RolloutSpec } from "../../model/customResources/rollout";
import type { NetworkPlan } from "../../model/network/networkPlan";
import { customResource } from "../kubernetes/customResource";
import { longestRoll } from "../kubernetes/timeouts";

/** Arguments of {@link Rollout}. */
export interface RolloutArgs {
  plan: NetworkPlan;
  nodes: RolloutNode[];
}

/**
 * The custom resource with the version of every node. The controller restarts nodes that run another one, one after another.
 * It depends on all StatefulSets, and what waits for a change of nodes waits for it.
 */
export class Rollout extends pulumi.ComponentResource {
  constructor(name: string, args: RolloutArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, nodes } = args;
    super("baas:index:Rollout", name, {}, opts);
    const metadata = { name: rolloutName, namespace: plan.namespace, labels: labels({ network: plan.name }) };
    const spec: RolloutSpec = { nodes };
    customResource(name, "Rollout", metadata, spec, {
      parent: this,
      customTimeouts: { update: longestRoll },
    });
    this.registerOutputs({});
  }
}
