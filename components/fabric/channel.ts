/** A channel of a network. */
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { serviceAddress } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import type { ChannelSpec } from "../../model/customResources/channel";
import {
  type ChannelPlan,
  joiningPeers,
  type NetworkPlan,
  type OrganizationPlan,
} from "../../model/network/networkPlan";
import { customResource } from "../kubernetes/customResource";

/** Arguments of {@link Channel}. */
export interface ChannelArgs {
  plan: NetworkPlan;
  channel: ChannelPlan;
}

/** An application channel: the custom resource with its members and its orderers. */
export class Channel extends pulumi.ComponentResource {
  constructor(name: string, args: ChannelArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, channel } = args;
    super("baas:index:Channel", name, { channel: channel.name }, opts);
    const ordererOrganization = plan.ordering.organization;
    const spec: ChannelSpec = {
      name: channel.name,
      ordering: {
        type: plan.ordering.type,
        organization: member(ordererOrganization),
        consenters: ordererOrganization.orderers.map((orderer) => ({
          name: orderer.name,
          address: orderer.address,
          endpoint: orderer.endpoint,
          adminAddress: serviceAddress(orderer.name, plan.namespace, ports.ordererAdmin),
        })),
        ...(plan.ordering.kafka && { systemChannel: plan.ordering.kafka.systemChannel }),
      },
      batch: channel.batch,
      capabilities: channel.capabilities,
      organizations: channel.organizations.map((organization) => ({
        ...member(organization),
        peers: joiningPeers(organization).map((peer) => ({ name: peer.name, address: peer.address })),
        anchorPeers: organization.peers
          .slice(0, 1)
          .flatMap(({ address, endpoint }) => [...new Set([address, endpoint])]),
      })),
    };
    const metadata = { name: channel.name, namespace: plan.namespace, labels: labels({ network: plan.name }) };
    customResource(name, "Channel", metadata, spec, { parent: this });
    this.registerOutputs({});
  }
}

/** An organization as the custom resources of channels name it. */
export function member({ name, mspId, certificateAuthority }: OrganizationPlan) {
  return { name, mspId, certificateAuthority: certificateAuthority.name };
}
