/** The ordering service of a network, and its parts. */
import * as pulumi from "@pulumi/pulumi";

import { kafkaTenantName } from "../../model/contracts/kafka";
import { labels } from "../../model/contracts/labels";
import { orderersBudget } from "../../model/contracts/names";
import type { RolloutNode } from "../../model/customResources/rollout";
import { administrator } from "../enrolment/enrolment";
import { KafkaTenant } from "../kafka/kafkaTenant";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import type { NetworkContext } from "../kubernetes/networkContext";
import { CertificateAuthority } from "./certificateAuthority";
import { Orderer } from "./orderer";
import { SystemChannel } from "./systemChannel";

/** The ordering service: the organization that runs it, with its certificate authority, and its orderers. */
export class OrderingService extends pulumi.ComponentResource {
  /** Its nodes as the network's Rollout names them. */
  readonly rolled: RolloutNode[];

  constructor(name: string, args: NetworkContext, opts?: pulumi.ComponentResourceOptions) {
    const { plan } = args;
    super("baas:index:OrderingService", name, { type: plan.ordering.type }, opts);
    const organization = plan.ordering.organization;
    const child = { parent: this };
    const authority = new CertificateAuthority(
      `${plan.name}-${organization.certificateAuthority.name}`,
      { ...args, organization },
      child,
    );
    administrator(`${name}-admin`, plan, organization, child);
    const { kafka } = plan.ordering;
    if (kafka !== undefined) {
      new KafkaTenant(`${plan.name}-${kafkaTenantName}`, { plan, kafka }, child);
      new SystemChannel(`${plan.name}-${kafka.systemChannel}`, { plan, kafka }, child);
    }
    const orderers = organization.orderers.map(
      (node) => new Orderer(`${plan.name}-${node.name}`, { ...args, node }, child),
    );
    this.rolled = [authority, ...orderers].map(({ rolled }) => rolled);
    const budget = {
      name: orderersBudget(organization.name),
      namespace: plan.namespace,
      labels: labels({ network: plan.name, organization: organization.name, role: "orderer" }),
    };
    disruptionBudget(`${name}-orderers`, budget, organization.orderers.length, child);
    this.registerOutputs({});
  }
}
