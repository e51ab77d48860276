/** An orderer: its container, and its allowed traffic. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { kafkaCaName } from "../../model/contracts/certificateAuthority";
import { dataVolume, genesisConfigMapName } from "../../model/contracts/names";
import { platformIdentityName } from "../../model/contracts/platformCa";
import { kafkaPort, ports } from "../../model/contracts/ports";
import type { RolloutNode } from "../../model/customResources/rollout";
import { type NetworkPlan, type NodePlan, passesThrough } from "../../model/network/networkPlan";
import { allowToEnrol, enrolContainer, enrolVolumes, identity } from "../enrolment/enrolment";
import {
  allowToPlatformCa,
  platformEnrolContainer,
  platformEnrolVolumes,
  platformIdentity,
} from "../enrolment/platformEnrolment";
import { allowFromMonitoring, operationsRootMount, operationsRootVolume } from "../kubernetes/metricsReaders";
import {
  allowFrom,
  allowFromGateway,
  allowTo,
  allowToOutside,
  controllerIn,
  pods,
  podsIn,
  portOf,
} from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { operationsAnswer, operationsHealth, serverProbes } from "../kubernetes/probes";
import { upstreamImage } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";
import { configurationVolume, statefulNode } from "../kubernetes/statefulNode";
import { tmpMount, tmpVolume } from "../kubernetes/volumes";
import { configurationDir, genesisDir, kafkaRootsFile, ordererConfiguration } from "./ordererConfiguration";

/** Arguments of {@link Orderer}. */
export interface OrdererArgs extends NetworkContext {
  node: NodePlan;
}

const data = { name: dataVolume, mountPath: "/var/hyperledger" };
const configuration = { name: configurationVolume, mountPath: configurationDir, readOnly: true };
const genesis = { name: "genesis", mountPath: genesisDir, readOnly: true };

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
    const external = plan.ordering.kafka?.external;
    const own = { name: node.name, enrolmentId: node.id, type: "orderer", fabricVersion } as const;
    const registered = identity(`${name}-identity`, { plan, organization, ...own }, child);
    const kafka = kafkaEnrolment(name, args, child);
    const { rolled } = statefulNode(
      name,
      {
        plan,
        node,
        organization: organization.name,
        role: "orderer",
        ports: { grpc: ports.orderer, admin: ports.ordererAdmin, operations: ports.operations },
        publishNotReadyAddresses: true,
        leads: plan.ordering.type === "etcdraft",
        configuration: {
          "orderer.yaml": ordererConfiguration(plan),
          ...(external && { [kafkaRootsFile]: external.rootCertificates }),
        },
        ...allowedTraffic(args),
        initContainers: [enrolContainer(enrolment), ...kafka.containers],
        containers: [ordererContainer(args)],
        volumes: [
          tmpVolume,
          operationsRootVolume,
          ...enrolVolumes(enrolment),
          ...kafka.volumes,
          ...genesisVolumes(plan),
        ],
        // The API server refuses an older Fabric at the Identity, before the orderer gets it.
        dependsOn: [registered, ...kafka.registered],
      },
      child,
    );
    this.rolled = rolled;
    this.registerOutputs({});
  }
}

/** How an orderer gets its certificate for the platform's Kafka, beside those of its organization. */
function kafkaEnrolment(name: string, args: OrdererArgs, opts: pulumi.CustomResourceOptions) {
  const { plan, node, enrolImage, platformNamespace } = args;
  const { kafka, organization } = plan.ordering;
  if (kafka === undefined || kafka.external !== undefined) return { containers: [], volumes: [], registered: [] };
  const issuer = kafkaCaName;
  const own = { name: node.name, namespace: plan.namespace, network: plan.name, organization: organization.name };
  const registered = platformIdentity(`${name}-${issuer}`, { issuer, ...own }, opts);
  const identity = platformIdentityName(node.name, issuer);
  const { hosts } = node;
  const more = { issuer, size: plan.size, enrolImage, platformNamespace, identity, hosts, volume: data } as const;
  return {
    containers: [platformEnrolContainer(more)],
    volumes: platformEnrolVolumes(more),
    registered: [registered],
  };
}

function ordererContainer({ plan, images }: OrdererArgs): k8sInput.core.v1.Container {
  const { kafka } = plan.ordering;
  return {
    name: "orderer",
    image: upstreamImage(images, "orderer", plan.fabricVersion),
    command: ["orderer"],
    env: [
      { name: "FABRIC_CFG_PATH", value: configuration.mountPath },
      // At its start, Fabric's orderer logs all settings at level info: its key for Kafka and its password are among them.
      ...(kafka === undefined ? [] : [{ name: "FABRIC_LOGGING_SPEC", value: "info:orderer.common.server=warn" }]),
      ...kafkaLogin(plan),
    ],
    ports: [
      { name: "grpc", containerPort: ports.orderer },
      { name: "admin", containerPort: ports.ordererAdmin },
      { name: "operations", containerPort: ports.operations },
    ],
    volumeMounts: [data, configuration, operationsRootMount, tmpMount, ...(kafka === undefined ? [] : [genesis])],
    // On Kafka, an orderer writes a message to the topic of every channel whenever it is asked for its health.
    ...serverProbes({
      healthy: kafka === undefined ? operationsHealth : operationsAnswer,
      alive: operationsAnswer,
      startSeconds: 180,
    }),
    resources: resourcesOf(plan.size, "orderer"),
    ...containerDefaults,
  };
}

/** The genesis block of the system channel. The pod starts once the controller has made it. */
function genesisVolumes({ ordering: { kafka } }: NetworkPlan): k8sInput.core.v1.Volume[] {
  return kafka === undefined
    ? []
    : [{ name: genesis.name, configMap: { name: genesisConfigMapName(kafka.systemChannel) } }];
}

/** User and password at a Kafka that the platform does not run. */
function kafkaLogin({ ordering: { kafka } }: NetworkPlan): k8sInput.core.v1.EnvVar[] {
  if (kafka?.external === undefined) return [];
  const { secret: name } = kafka.external;
  const from = (key: string) => ({ secretKeyRef: { name, key } });
  return [
    { name: "ORDERER_KAFKA_SASLPLAIN_USER", valueFrom: from("username") },
    { name: "ORDERER_KAFKA_SASLPLAIN_PASSWORD", valueFrom: from("password") },
  ];
}

function allowedTraffic(args: OrdererArgs): AllowedTraffic {
  const { plan, node, platformNamespace } = args;
  const orderers = pods({ network: plan.name, role: "orderer" });
  const peers = pods({ network: plan.name, role: "peer" });
  const controller = controllerIn(platformNamespace);
  // On Kafka, orderers have nothing to say to each other.
  const others = plan.ordering.kafka === undefined ? orderers : [];
  // Clients in the cluster may reach orderers directly if clients outside may.
  const isOpen = plan.gateway !== undefined && passesThrough(plan.gateway, node);
  const clients = isOpen ? [allowFrom(pods({ network: plan.name, role: "client" }), ports.orderer)] : [];
  return {
    ingress: [
      allowFrom([...others, ...peers, ...controller], ports.orderer),
      // The participation API trusts every certificate of its CA: only the controller may reach it.
      allowFrom(controller, ports.ordererAdmin),
      // Which channels it leads.
      allowFrom(controller, ports.operations),
      ...allowFromGateway(plan, node, ports.orderer, ports.operations),
      ...allowFromMonitoring(args),
      ...clients,
    ],
    egress: [
      ...(others.length > 0 ? [allowTo(others, ports.orderer)] : []),
      allowToEnrol(plan, plan.ordering.organization),
      ...allowToKafka(plan, platformNamespace),
    ],
  };
}

/** To the platform's Kafka, or to the ports of another one, whose addresses nobody knows before. */
function allowToKafka(
  { ordering: { kafka } }: NetworkPlan,
  platformNamespace: pulumi.Input<string>,
): k8sInput.networking.v1.NetworkPolicyEgressRule[] {
  if (kafka === undefined) return [];
  if (kafka.external === undefined) {
    return [allowTo(podsIn(platformNamespace, { role: "kafka" }), kafkaPort), allowToPlatformCa(platformNamespace)];
  }
  return allowToOutside(kafka.bootstrap.map(portOf));
}
