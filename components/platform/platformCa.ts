/** The platform's certificate authority, who may reach it, and the identity of monitoring. */
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { platformOrganization, rolloutName, serviceAddress, serviceHosts } from "../../model/contracts/names";
import { platformCaName } from "../../model/contracts/platformCa";
import { ports } from "../../model/contracts/ports";
import type { RolloutNode, RolloutSpec } from "../../model/customResources/rollout";
import type { NetworkPlan, NodePlan } from "../../model/network/networkPlan";
import { caServer } from "../enrolment/caServer";
import { platformIdentity } from "../enrolment/platformEnrolment";
import { customResource } from "../kubernetes/customResource";
import { allowFromMonitoring } from "../kubernetes/metricsReaders";
import { allowFrom, allowToKubernetesApi, pods, podsOfAnyNetwork } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { skipAwait } from "../kubernetes/pulumiAnnotations";
import type { Surroundings } from "../kubernetes/statefulNode";

/** Arguments of {@link PlatformCa}. */
export interface PlatformCaArgs extends Pick<NetworkContext, "images" | "enrolImage" | "monitoringNamespace"> {
  plan: Surroundings & Pick<NetworkPlan, "size" | "certificateLife" | "fabricVersion" | "clusterDomain">;
  /** Name of the platform's stack, which the roots are named by. */
  stack: string;
  /** Size of its volume. */
  storage: string;
}

/** Name of the identity with which monitoring reads metrics. */
const monitoringName = "monitoring";

/**
 * The platform's Fabric CA server, with the CAs `kafka`, for everything that speaks to Kafka, and `operations`, for everything that reads
 * metrics. Networks have its roots from the controller.
 */
export class PlatformCa extends pulumi.ComponentResource {
  constructor(name: string, args: PlatformCaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:PlatformCa", name, {}, opts);
    const { plan, images, enrolImage, stack, storage, monitoringNamespace } = args;
    const child = { parent: this };
    const { namespace } = plan;
    const owner = { organization: platformOrganization, domain: stack, scope: "platform" as const };
    const parts = { plan, images, enrolImage, owner, traffic: allowedTraffic(args) };
    const rolled = caServer(name, { ...parts, node: serverNode(namespace, plan.clusterDomain, storage) }, child);
    rollout(name, namespace, [rolled], child);
    if (monitoringNamespace !== undefined) {
      const own = { issuer: "operations" as const, name: monitoringName, identity: monitoringName, namespace };
      platformIdentity(`${name}-${monitoringName}`, own, child);
    }
    this.registerOutputs({});
  }
}

function serverNode(namespace: string, clusterDomain: string, storage: string): NodePlan {
  const address = serviceAddress(platformCaName, namespace, ports.certificateAuthority);
  return {
    name: platformCaName,
    id: platformCaName,
    fqdn: `${platformCaName}.${namespace}.svc.${clusterDomain}`,
    hosts: serviceHosts(platformCaName, namespace, clusterDomain),
    ...{ address, endpoint: address, storage },
  };
}

/**
 * Has the controller restart the server for a change and for new certificates. Nothing waits for it: networks need the roots, which are
 * published long before the server answers.
 */
function rollout(name: string, namespace: string, nodes: RolloutNode[], opts: pulumi.CustomResourceOptions): void {
  const spec: RolloutSpec = { nodes };
  const metadata = { name: rolloutName, namespace, labels: labels({}), annotations: skipAwait };
  customResource(`${name}-rollout`, "Rollout", metadata, spec, opts);
}

/** From those who enrol (brokers, orderers of networks on Kafka, monitoring), and from the controller, which registers them. */
function allowedTraffic({ monitoringNamespace }: PlatformCaArgs): AllowedTraffic {
  const own = (["controller", "kafka", "zookeeper"] as const).flatMap((role) => pods({ role }));
  return {
    ingress: [
      allowFrom([...own, ...podsOfAnyNetwork({ role: "orderer" })], ports.certificateAuthority),
      ...allowFromMonitoring(monitoringNamespace, ports.certificateAuthority),
      ...allowFromMonitoring(monitoringNamespace),
    ],
    egress: [allowToKubernetesApi],
  };
}
