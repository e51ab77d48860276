import * as pulumi from "@pulumi/pulumi";

import type { NetworkPlan } from "../../model/network/plan";
import { CertificateAuthority } from "./certificateAuthority";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { labels } from "../../model/contracts/labels";
import { Orderer } from "./orderer";
import { administrator } from "./organization";
import type { ImageSettings } from "../kubernetes/projectImage";

/** Arguments of {@link OrderingService}. */
export interface OrderingServiceArgs {
  plan: NetworkPlan;
  images: ImageSettings;
  /** Reference of the enrol image. */
  enrolImage: string;
  /** Namespace of the network controller. */
  platformNamespace: pulumi.Input<string>;
}

/** The ordering service: the organization that runs it, with its certificate authority, and its orderers. */
export class OrderingService extends pulumi.ComponentResource {
  constructor(name: string, args: OrderingServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan } = args;
    super("baas:index:OrderingService", name, { type: plan.ordering.type }, opts);
    const organization = plan.ordering.organization;
    const child = { parent: this };
    new CertificateAuthority(
      `${plan.name}-${organization.certificateAuthority.name}`,
      { ...args, organization },
      child,
    );
    administrator(`${name}-admin`, plan, organization, child);
    for (const node of organization.orderers) new Orderer(`${plan.name}-${node.name}`, { ...args, node }, child);
    const orderers = {
      name: `${organization.name}-orderers`,
      namespace: plan.namespace,
      labels: labels({ network: plan.name, organization: organization.name, role: "orderer" }),
    };
    disruptionBudget(`${name}-orderers`, orderers, organization.orderers.length, child);
    this.registerOutputs({});
  }
}
