/** An organization with peers, and its parts. */
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { peersBudget } from "../../model/contracts/names";
import type { RolloutNode } from "../../model/customResources/rollout";
import { joiningPeers, type OrganizationPlan } from "../../model/network/networkPlan";
import { administrator, identity } from "../enrolment/enrolment";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import type { NetworkContext } from "../kubernetes/networkContext";
import type { ProjectImage } from "../kubernetes/projectImage";
import { CertificateAuthority } from "./certificateAuthority";
import { Peer } from "./peer";

/** Arguments of {@link Organization}. */
export interface OrganizationArgs extends NetworkContext {
  organization: OrganizationPlan;
  /** Image of services/debug-relay, for an organization with a debug peer. */
  debugRelayImage?: ProjectImage | undefined;
}

/** An organization with peers: its certificate authority, its administrator's identity, its peers. */
export class Organization extends pulumi.ComponentResource {
  /** Its nodes as the network's Rollout names them. */
  readonly rolled: RolloutNode[];

  constructor(name: string, args: OrganizationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Organization", name, { mspId: args.organization.mspId }, opts);
    const { plan, organization } = args;
    const child = { parent: this };
    const authority = new CertificateAuthority(`${plan.name}-${organization.certificateAuthority.name}`, args, child);
    administrator(`${name}-admin`, plan, organization, child);
    for (const { name: client, id: enrolmentId } of organization.clients) {
      const spec = { plan, organization, name: client, enrolmentId, type: "client" } as const;
      identity(`${plan.name}-${client}-identity`, spec, child);
    }
    const peers = organization.peers.map(
      (node) => new Peer(`${plan.name}-${node.name}`, { ...args, node, debugRelayImage: undefined }, child),
    );
    const { debugging } = organization;
    if (debugging !== undefined) {
      const image = args.debugRelayImage!;
      const debugArgs = { ...args, node: debugging.peer, debugRelayImage: image.reference };
      peers.push(new Peer(`${plan.name}-${debugging.peer.name}`, debugArgs, { ...child, dependsOn: [image.image] }));
    }
    this.rolled = [authority, ...peers].map(({ rolled }) => rolled);
    const budget = {
      name: peersBudget(organization.name),
      namespace: plan.namespace,
      labels: labels({ network: plan.name, organization: organization.name, role: "peer" }),
    };
    disruptionBudget(`${name}-peers`, budget, joiningPeers(organization).length, child);
    this.registerOutputs({});
  }
}
