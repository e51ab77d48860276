/** An organization's certificate authority, and who may reach it. */
import * as pulumi from "@pulumi/pulumi";

import { organizationDomain } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import type { RolloutNode } from "../../model/customResources/rollout";
import { type OrganizationPlan } from "../../model/network/networkPlan";
import { caServer } from "../enrolment/caServer";
import { needsRevocations } from "../gateway/callerAuthorities";
import { allowFromMonitoring } from "../kubernetes/metricsReaders";
import { allowFrom, allowFromGateway, allowToKubernetesApi, controllerIn, pods } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";

/** Arguments of {@link CertificateAuthority}. */
export interface CertificateAuthorityArgs extends NetworkContext {
  organization: OrganizationPlan;
}

/** An organization's Fabric CA server: a signing CA and a TLS CA with roots of their own. */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** As the network's Rollout names it. */
  readonly rolled: RolloutNode;

  constructor(name: string, args: CertificateAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:CertificateAuthority", name, { organization: args.organization.name }, opts);
    const { plan, images, enrolImage, organization } = args;
    const owner = {
      organization: organization.name,
      mspId: organization.mspId,
      domain: organizationDomain(organization.name, plan.domain),
      ...(needsRevocations(plan.api, organization) && { publishRevocations: true }),
    };
    const parts = { plan, images, enrolImage, owner, organization: organization.name, traffic: allowedTraffic(args) };
    this.rolled = caServer(name, { ...parts, node: organization.certificateAuthority }, { parent: this });
    this.registerOutputs({});
  }
}

function allowedTraffic(args: CertificateAuthorityArgs): AllowedTraffic {
  const { plan, organization, platformNamespace } = args;
  const members = pods({ network: plan.name, organization: organization.name });
  return {
    ingress: [
      allowFrom([...members, ...controllerIn(platformNamespace)], ports.certificateAuthority),
      ...allowFromGateway(plan, organization.certificateAuthority, ports.certificateAuthority),
      ...allowFromMonitoring(args),
    ],
    egress: [allowToKubernetesApi],
  };
}
