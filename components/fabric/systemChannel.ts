/** The system channel of a network on Kafka. */
import * as pulumi from "@pulumi/pulumi";

import { kafkaTenantName } from "../../model/contracts/kafka";
import { labels } from "../../model/contracts/labels";
import type { SystemChannelSpec } from "../../model/customResources/systemChannel";
import type { KafkaPlan, NetworkPlan } from "../../model/network/networkPlan";
import { customResource } from "../kubernetes/customResource";
import { skipAwait } from "../kubernetes/pulumiAnnotations";
import { member } from "./channel";

/** Arguments of {@link SystemChannel}. */
export interface SystemChannelArgs {
  plan: NetworkPlan;
  kafka: KafkaPlan;
}

/**
 * The custom resource of the channel from which orderers on Kafka make all others. The controller makes its genesis block, which the
 * orderers' pods wait for; nothing waits for the resource itself, as it is ready only once they run.
 */
export class SystemChannel extends pulumi.ComponentResource {
  constructor(name: string, args: SystemChannelArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, kafka } = args;
    super("baas:index:SystemChannel", name, { channel: kafka.systemChannel }, opts);
    const { organization } = plan.ordering;
    const spec: SystemChannelSpec = {
      name: kafka.systemChannel,
      brokers: kafka.bootstrap,
      organization: member(organization),
      orderers: organization.orderers.map((orderer) => ({
        name: orderer.name,
        address: orderer.address,
        endpoint: orderer.endpoint,
      })),
      organizations: plan.organizations.map(member),
      tenant: kafkaTenantName,
    };
    const metadata = {
      name: kafka.systemChannel,
      namespace: plan.namespace,
      labels: labels({ network: plan.name }),
      annotations: skipAwait,
    };
    customResource(name, "SystemChannel", metadata, spec, { parent: this });
    this.registerOutputs({});
  }
}
