/** A whole network, from its namespace to its gateway. */
import * as pulumi from "@pulumi/pulumi";

import { describeNetwork } from "../../model/network/networkDescription";
import type { GatewayPlan, NetworkPlan } from "../../model/network/networkPlan";
import { Api } from "../gateway/api";
import { Gateway, type GatewayArgs } from "../gateway/gateway";
import { topicsOf } from "../kafka/kafkaTenant";
import type { Cluster } from "../kubernetes/cluster";
import { networkNamespace } from "../kubernetes/networkNamespace";
import { type ImageSettings, ProjectImage } from "../kubernetes/projectImage";
import { Chaincode } from "./chaincode";
import { ChaincodeStudio } from "./chaincodeStudio";
import { Channel } from "./channel";
import { OrderingService } from "./orderingService";
import { Organization } from "./organization";
import { Rollout } from "./rollout";

/** Arguments of {@link Network}. */
export interface NetworkArgs {
  plan: NetworkPlan;
  cluster: Cluster;
  images: ImageSettings;
  /** Namespace of the network controller; from the platform's stack. */
  platformNamespace: pulumi.Input<string>;
  /** Namespace whose pods may read metrics, if the platform names one; from the platform's stack. */
  monitoringNamespace?: string;
}

/** One blockchain network in a namespace of its own. */
export class Network extends pulumi.ComponentResource {
  /** Namespace of the network. */
  readonly namespace: string;
  /** Addresses of the peers inside the cluster. */
  readonly peers: string[];
  /** Addresses of the orderers inside the cluster. */
  readonly orderers: string[];
  /** URL of the API, where the network has a gateway. */
  readonly api?: string;
  /** The topics of Kafka that are the network's; none with another ordering type. */
  readonly topics: string[];

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, images, platformNamespace, monitoringNamespace } = args;
    // A diff of two revisions compares these properties.
    super("baas:index:Network", name, { ...describeNetwork(plan) }, opts);
    const child = { parent: this };
    const { namespace, started: before } = networkNamespace(name, args, this);

    const enrol = new ProjectImage(`${name}-enrol`, { source: "services/enrol", context: ".", images }, child);
    const parts = { plan, images, enrolImage: enrol.reference, platformNamespace, monitoringNamespace };
    const nodesOpts = { parent: this, dependsOn: [namespace, enrol.image] };
    const ordering = new OrderingService(`${name}-ordering`, parts, nodesOpts);
    const debugRelayImage = debugRelayImageOf(name, args, child);
    const organizations = plan.organizations.map((organization) => {
      const organizationArgs = { ...parts, organization, debugRelayImage };
      return new Organization(`${name}-${organization.name}`, organizationArgs, nodesOpts);
    });
    // Nothing among these waits, so all of them are started, whatever the number of the CLI's slots, before something waits.
    const started = [...before, ordering, ...organizations];
    const nodes = [ordering, ...organizations].flatMap(({ rolled }) => rolled);
    new Rollout(`${name}-rollout`, { plan, nodes }, { parent: this, dependsOn: started });
    const smokeTestImage = smokeTestImageOf(name, args, child);
    const channels = new Map<string, Channel>();
    for (const channel of plan.channels) {
      const opts = { parent: this, dependsOn: started };
      channels.set(channel.name, new Channel(`${name}-${channel.name}`, { plan, channel }, opts));
    }
    // By the start of their names, which is different for each version.
    const servers = new Map<string, pulumi.Resource[]>();
    for (const chaincode of plan.chaincodes) {
      const { prefix } = chaincode;
      const needs = [...started, channels.get(chaincode.channel)!, ...(servers.get(prefix) ?? [])];
      const chaincodeArgs = { ...parts, chaincode, needs, smokeTestImage };
      const declared = new Chaincode(`${name}-${chaincode.resource}`, chaincodeArgs, nodesOpts);
      servers.set(prefix, [...(servers.get(prefix) ?? []), ...declared.servers]);
    }

    if (plan.gateway !== undefined) {
      edge(name, plan.gateway, { ...parts, needs: started }, nodesOpts);
      if (plan.studio !== undefined) {
        const studioArgs = { ...parts, studio: plan.studio, cluster: args.cluster, needs: started };
        new ChaincodeStudio(`${name}-studio`, studioArgs, nodesOpts);
      }
      this.api = `https://${plan.gateway.apiHost}:${plan.gateway.port}`;
    }

    this.namespace = plan.namespace;
    this.peers = plan.organizations.flatMap((organization) => organization.peers.map((peer) => peer.address));
    this.orderers = plan.ordering.organization.orderers.map((orderer) => orderer.address);
    this.topics = topicsOf(plan);
    this.registerOutputs(this.outputs);
  }

  /** Plan of the network, from its stack. */
  get outputs(): Record<string, unknown> {
    const { namespace, peers, orderers, api, topics } = this;
    return { namespace, peers, orderers, ...(api !== undefined && { api }), ...(topics.length > 0 && { topics }) };
  }
}

/** The image of all smoke tests of a network; undefined if it has none. */
function smokeTestImageOf(name: string, { plan, images }: NetworkArgs, opts: pulumi.ComponentResourceOptions) {
  if (plan.chaincodes.every(({ smokeTest }) => smokeTest === undefined)) return undefined;
  return new ProjectImage(`${name}-smoke-test`, { source: "services/smoke-test", context: ".", images }, opts);
}

/** The image of the relays beside debug peers; undefined if the network has none. */
function debugRelayImageOf(name: string, { plan, images }: NetworkArgs, opts: pulumi.ComponentResourceOptions) {
  if (plan.organizations.every(({ debugging }) => debugging === undefined)) return undefined;
  return new ProjectImage(`${name}-debug-relay`, { source: "services/debug-relay", context: ".", images }, opts);
}

/** The gateway, and the API server behind it with its image. */
function edge(
  name: string,
  gateway: GatewayPlan,
  args: Omit<GatewayArgs, "gateway">,
  { parent, dependsOn }: { parent: pulumi.Resource; dependsOn: pulumi.Resource[] },
): void {
  const { plan, images } = args;
  new Gateway(`${name}-gateway`, { ...args, gateway }, { parent, dependsOn });
  if (plan.api === undefined) return;
  const source = { source: "services/api", context: ".", images };
  const { reference, image } = new ProjectImage(`${name}-api`, source, { parent });
  const apiArgs = { ...args, api: plan.api, image: reference };
  new Api(`${name}-api-server`, apiArgs, { parent, dependsOn: [...dependsOn, image] });
}
