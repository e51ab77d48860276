/** How changes of the platform's own nodes roll: its CA, and the ZooKeepers and brokers of its Kafka. */
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { rolloutName } from "../../model/contracts/names";
import type { RolloutNode, RolloutSpec } from "../../model/customResources/rollout";
import { customResource } from "../kubernetes/customResource";
import { skipAwait } from "../kubernetes/pulumiAnnotations";
import { longestRoll } from "../kubernetes/timeouts";

/** Arguments of {@link platformRollout}. */
export interface PlatformRolloutArgs {
  namespace: string;
  nodes: RolloutNode[];
  /** Whether Pulumi waits until all nodes run as declared. */
  waits: boolean;
}

/**
 * Has the controller restart the platform's nodes for a change and for new certificates. A change of Kafka waits until it has rolled. The
 * CA alone is not waited for: networks need its roots, which are published long before the server answers.
 *
 * @param opts - must depend on the nodes, and on the controller
 */
export function platformRollout(args: PlatformRolloutArgs, opts: pulumi.CustomResourceOptions): void {
  const { namespace, nodes, waits } = args;
  const spec: RolloutSpec = { nodes };
  const metadata = { name: rolloutName, namespace, labels: labels({}), ...(!waits && { annotations: skipAwait }) };
  customResource("platform-rollout", "Rollout", metadata, spec, { ...opts, customTimeouts: { update: longestRoll } });
}
