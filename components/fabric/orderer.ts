/** An orderer: its container, and its allowed traffic. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { dataVolume } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import type { RolloutNode } from "../../model/customResources/rollout";
import { type NodePlan, passesThrough } from "../../model/network/networkPlan";
import { allowToEnrol, enrolContainer, enrolVolumes, identity } from "../enrolment/enrolment";
import { allowFromMonitoring, operationsRootMount, operationsRootVolume } from "../kubernetes/metricsReaders";
import { allowFrom, allowFromGateway, allowTo, controllerIn, pods } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { operationsAnswer, operationsHealth, serverProbes } from "../kubernetes/probes";
import { upstreamImage } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";
import { configurationVolume, statefulNode } from "../kubernetes/statefulNode";
import { tmpMount, tmpVolume } from "../kubernetes/volumes";
import { ordererConfiguration } from "./ordererConfiguration";

/** Arguments of {@link Orderer}. */
export interface OrdererArgs extends NetworkContext {
  node: NodePlan;
}

const data = { name: dataVolume, mountPath: "/var/hyperledger" };
const configuration = { name: configurationVolume, mountPath: "/etc/baas/orderer", readOnly: true };

/** An orderer: its identity, its StatefulSet with blocks, Raft log and crypto material on one volume, its Services. */
export class Orderer extends pulumi.ComponentResource {
  /** As the network's Rollout names it. */
  readonly rolled: RolloutNode;

  constructor(name: string, args: OrdererArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Orderer", name, { node: args.node.name }, opts);
    const { plan, node } = args;
    const child = { parent: this };
    const organization = plan.ordering.organization;
    const enrolment = { ...args, organization, identity: node.name, hosts: node.hosts, volume: data };

    const { fabricVersion } = plan;
    const own = { name: node.name, enrolmentId: node.id, type: "orderer", fabricVersion } as const;
    const registered = identity(`${name}-identity`, { plan, organization, ...own }, child);
    const { rolled } = statefulNode(
      name,
      {
        plan,
        node,
        organization: organization.name,
        role: "orderer",
        ports: { grpc: ports.orderer, admin: ports.ordererAdmin, operations: ports.operations },
        publishNotReadyAddresses: true,
        configuration: { "orderer.yaml": ordererConfiguration(organization.mspId, plan.ipFamilies) },
        ...allowedTraffic(args),
        initContainers: [enrolContainer(enrolment)],
        containers: [ordererContainer(args)],
        volumes: [tmpVolume, operationsRootVolume, ...enrolVolumes(enrolment)],
        // The API server refuses an older Fabric at the Identity, before the orderer gets it.
        dependsOn: [registered],
      },
      child,
    );
    this.rolled = rolled;
    this.registerOutputs({});
  }
}

function ordererContainer({ plan, images }: OrdererArgs): k8sInput.core.v1.Container {
  return {
    name: "orderer",
    image: upstreamImage(images, "orderer", plan.fabricVersion),
    command: ["orderer"],
    env: [{ name: "FABRIC_CFG_PATH", value: configuration.mountPath }],
    ports: [
      { name: "grpc", containerPort: ports.orderer },
      { name: "admin", containerPort: ports.ordererAdmin },
      { name: "operations", containerPort: ports.operations },
    ],
    volumeMounts: [data, configuration, operationsRootMount, tmpMount],
    ...serverProbes({ healthy: operationsHealth, alive: operationsAnswer, startSeconds: 180 }),
    resources: resourcesOf(plan.size, "orderer"),
    ...containerDefaults,
  };
}

function allowedTraffic({ plan, node, platformNamespace, monitoringNamespace }: OrdererArgs): AllowedTraffic {
  const orderers = pods({ network: plan.name, role: "orderer" });
  const peers = pods({ network: plan.name, role: "peer" });
  const controller = controllerIn(platformNamespace);
  // Clients in the cluster may reach orderers directly if clients outside may.
  const isOpen = plan.gateway !== undefined && passesThrough(plan.gateway, node);
  const clients = isOpen ? [allowFrom(pods({ network: plan.name, role: "client" }), ports.orderer)] : [];
  return {
    ingress: [
      allowFrom([...orderers, ...peers, ...controller], ports.orderer),
      // The participation API trusts every certificate of its CA: only the controller may reach it.
      allowFrom(controller, ports.ordererAdmin),
      // Which channels it leads.
      allowFrom(controller, ports.operations),
      ...allowFromGateway(plan, node, ports.orderer, ports.operations),
      ...allowFromMonitoring(monitoringNamespace),
      ...clients,
    ],
    egress: [allowTo(orderers, ports.orderer), allowToEnrol(plan, plan.ordering.organization)],
  };
}
