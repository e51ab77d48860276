/** The ordering service of a network, and its parts. */
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { orderersBudget } from "../../model/contracts/names";
import { administrator } from "../enrolment/enrolment";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import type { NetworkContext } from "../kubernetes/networkContext";
import { CertificateAuthority } from "./certificateAuthority";
import { Orderer } from "./orderer";

/** The ordering service: the organization that runs it, with its certificate authority, and its orderers. */
export class OrderingService extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkContext, opts?: pulumi.ComponentResourceOptions) {
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
      name: orderersBudget(organization.name),
      namespace: plan.namespace,
      labels: labels({ network: plan.name, organization: organization.name, role: "orderer" }),
    };
    disruptionBudget(`${name}-orderers`, orderers, organization.orderers.length, child);
    this.registerOutputs({});
  }
}
