import * as pulumi from "@pulumi/pulumi";

import type { NetworkPlan, OrganizationPlan } from "../../model/network/plan";
import { CertificateAuthority } from "./certificateAuthority";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { identity } from "./enrolment";
import { labels } from "../../model/contracts/labels";
import { Peer } from "./peer";
import type { ImageSettings } from "../kubernetes/projectImage";

/** Arguments of {@link Organization}. */
export interface OrganizationArgs {
  plan: NetworkPlan;
  organization: OrganizationPlan;
  images: ImageSettings;
  /** Reference of the enrol image. */
  enrolImage: string;
  /** Namespace of the network controller. */
  platformNamespace: pulumi.Input<string>;
}

/** An organization with peers: its certificate authority, its administrator's identity, its peers. */
export class Organization extends pulumi.ComponentResource {
  constructor(name: string, args: OrganizationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Organization", name, { mspId: args.organization.mspId }, opts);
    const { plan, organization } = args;
    const child = { parent: this };
    new CertificateAuthority(`${plan.name}-${organization.certificateAuthority.name}`, args, child);
    administrator(`${name}-admin`, plan, organization, child);
    for (const client of organization.clients) {
      const spec = {
        certificateAuthority: organization.certificateAuthority.name,
        enrolmentId: client.id,
        type: "client",
      } as const;
      identity(`${plan.name}-${client.name}-identity`, plan, organization.name, client.name, spec, child);
    }
    for (const node of organization.peers) new Peer(`${plan.name}-${node.name}`, { ...args, node }, child);
    const peers = {
      name: `${organization.name}-peers`,
      namespace: plan.namespace,
      labels: labels({ network: plan.name, organization: organization.name, role: "peer" }),
    };
    disruptionBudget(`${name}-peers`, peers, organization.peers.length, child);
    this.registerOutputs({});
  }
}

/** The identity in whose name the network controller administers an organization. */
export function administrator(
  resourceName: string,
  plan: NetworkPlan,
  organization: OrganizationPlan,
  opts: pulumi.CustomResourceOptions,
): void {
  identity(
    resourceName,
    plan,
    organization.name,
    `admin-${organization.name}`,
    { certificateAuthority: organization.certificateAuthority.name, enrolmentId: "admin", type: "admin" },
    opts,
  );
}
