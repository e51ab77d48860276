/** A network's part of its platform's Kafka. */
import * as pulumi from "@pulumi/pulumi";

import { purgesAnnotation } from "../../model/contracts/annotations";
import { kafkaTenantName } from "../../model/contracts/kafka";
import { labels } from "../../model/contracts/labels";
import type { KafkaTenantSpec } from "../../model/customResources/kafkaTenant";
import type { KafkaPlan, NetworkPlan } from "../../model/network/networkPlan";
import { customResource } from "../kubernetes/customResource";
import { skipAwait } from "../kubernetes/pulumiAnnotations";

/** The topics that a network has, its system channel's first; none with another ordering type. */
export function topicsOf({ ordering: { kafka }, channels }: Pick<NetworkPlan, "ordering" | "channels">): string[] {
  return kafka === undefined ? [] : [kafka.systemChannel, ...channels.map(({ name }) => name)];
}

/** Arguments of {@link KafkaTenant}. */
export interface KafkaTenantArgs {
  plan: NetworkPlan;
  kafka: KafkaPlan;
}

/** The custom resource that names the network's topics. Its channels wait for it in the controller. */
export class KafkaTenant extends pulumi.ComponentResource {
  constructor(name: string, { plan, kafka }: KafkaTenantArgs, opts?: pulumi.ComponentResourceOptions) {
    const { systemChannel, external } = kafka;
    super("baas:index:KafkaTenant", name, {}, opts);
    const topics = topicsOf(plan);
    const spec: KafkaTenantSpec = { systemChannel, topics, ...(external && { secret: external.secret }) };
    const metadata = {
      name: kafkaTenantName,
      namespace: plan.namespace,
      labels: labels({ network: plan.name }),
      annotations: { ...skipAwait, [purgesAnnotation]: `topics of Kafka: ${topics.join(", ")}` },
    };
    customResource(name, "KafkaTenant", metadata, spec, { parent: this });
    this.registerOutputs({});
  }
}
