/** The platform's certificate authority, who may reach it, and the identity of monitoring. */
import * as pulumi from "@pulumi/pulumi";

import { operationsCaName } from "../../model/contracts/certificateAuthority";
import { monitoringIdentity } from "../../model/contracts/monitoring";
import { platformOrganization, serviceAddress, serviceHosts } from "../../model/contracts/names";
import { platformCaName } from "../../model/contracts/platformCa";
import { ports } from "../../model/contracts/ports";
import type { RolloutNode } from "../../model/customResources/rollout";
import type { NetworkPlan, NodePlan } from "../../model/network/networkPlan";
import { caServer } from "../enrolment/caServer";
import { platformIdentity } from "../enrolment/platformEnrolment";
import { allowFromMonitoring } from "../kubernetes/metricsReaders";
import { allowFrom, allowToKubernetesApi, anyPodIn, pods, podsOfAnyNetwork } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import type { Surroundings } from "../kubernetes/statefulNode";

/** Arguments of {@link PlatformCa}. */
export interface PlatformCaArgs extends Pick<NetworkContext, "images" | "enrolImage" | "monitoringNamespace"> {
  plan: Surroundings & Pick<NetworkPlan, "size" | "certificateLife" | "fabricVersion" | "clusterDomain">;
  /** Name of the platform's stack, which the roots are named by. */
  stack: string;
  /** Size of its volume. */
  storage: string;
  /** Whether the Prometheus of an operator reads metrics: it cannot enrol. */
  operated: boolean;
}

/**
 * The platform's Fabric CA server, with the CAs `kafka`, for everything that speaks to Kafka, and `operations`, for everything that reads
 * metrics. Networks have its roots from the controller.
 */
export class PlatformCa extends pulumi.ComponentResource {
  /** The server as the platform's Rollout names it. */
  readonly rolled: RolloutNode;

  constructor(name: string, args: PlatformCaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:PlatformCa", name, {}, opts);
    const { plan, images, enrolImage, stack, storage, monitoringNamespace, operated } = args;
    const child = { parent: this };
    const { namespace } = plan;
    const owner = { organization: platformOrganization, domain: stack, scope: "platform" as const };
    const parts = { plan, images, enrolImage, owner, traffic: allowedTraffic(args) };
    this.rolled = caServer(name, { ...parts, node: serverNode(namespace, plan.clusterDomain, storage) }, child);
    if (monitoringNamespace !== undefined) {
      const own = {
        issuer: operationsCaName,
        name: monitoringIdentity,
        identity: monitoringIdentity,
        namespace,
      } as const;
      platformIdentity(`${name}-${monitoringIdentity}`, { ...own, clientCertificate: operated }, child);
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

/** Roles of the platform's own pods that ask its CA. */
const enrolling = ["controller", "kafka", "zookeeper", "prometheus", "alertmanager", "grafana"] as const;

/** From those who enrol (brokers, orderers of networks on Kafka, monitoring), and from the controller, which registers them. */
function allowedTraffic({ plan, monitoringNamespace }: PlatformCaArgs): AllowedTraffic {
  const own = enrolling.flatMap((role) => pods({ role }));
  return {
    ingress: [
      allowFrom([...own, ...podsOfAnyNetwork({ role: "orderer" })], ports.certificateAuthority),
      ...(monitoringNamespace === undefined
        ? []
        : [allowFrom(anyPodIn(monitoringNamespace), ports.certificateAuthority)]),
      ...allowFromMonitoring({ platformNamespace: plan.namespace, monitoringNamespace }),
    ],
    egress: [allowToKubernetesApi],
  };
}
