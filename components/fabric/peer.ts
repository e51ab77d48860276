/** A peer: its container, and its allowed traffic. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { rootKeys } from "../../model/contracts/certificateAuthority";
import { dataVolume, rootsConfigMapName } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import type { RolloutNode } from "../../model/customResources/rollout";
import { type NodePlan, type OrganizationPlan } from "../../model/network/networkPlan";
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
import { couchdbSidecar } from "./couchdb";
import { debugRelay, debugTraffic } from "./debugRelay";
import { peerConfiguration } from "./peerConfiguration";

/** Arguments of {@link Peer}. */
export interface PeerArgs extends NetworkContext {
  organization: OrganizationPlan;
  node: NodePlan;
  /** Image of services/debug-relay, for the organization's debug peer. */
  debugRelayImage?: string | undefined;
}

const data = { name: dataVolume, mountPath: "/var/hyperledger" };
const configuration = { name: configurationVolume, mountPath: "/etc/baas/peer", readOnly: true };

/** A peer: its identity, its StatefulSet with ledger and crypto material on one volume, its Services. */
export class Peer extends pulumi.ComponentResource {
  /** As the network's Rollout names it. */
  readonly rolled: RolloutNode;

  constructor(name: string, args: PeerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Peer", name, { node: args.node.name, organization: args.organization.name }, opts);
    const { plan, organization, node } = args;
    const child = { parent: this };
    const debugging = args.debugRelayImage === undefined ? undefined : debugRelay({ ...args, volume: data.name });
    const hosts = [...node.hosts, ...(debugging?.hosts ?? [])];
    const enrolment = { ...args, identity: node.name, hosts, volume: data };

    const { stateDatabase } = organization;
    const { fabricVersion } = plan;
    const own = { name: node.name, enrolmentId: node.id, type: "peer", stateDatabase, fabricVersion } as const;
    const registered = identity(`${name}-identity`, { plan, organization, ...own }, child);
    const couchdb =
      organization.stateDatabase === "couchdb"
        ? couchdbSidecar(`${name}-couchdb`, { ...args, volume: dataVolume }, child)
        : undefined;
    const { rolled } = statefulNode(
      name,
      {
        plan,
        node,
        organization: organization.name,
        role: "peer",
        ports: { grpc: ports.peer, operations: ports.operations, ...debugging?.ports },
        configuration: { "core.yaml": peerConfiguration(plan, organization, node) },
        ...(debugging ? debugTraffic(args) : allowedTraffic(args)),
        initContainers: [enrolContainer(enrolment)],
        containers: [
          ...(couchdb?.containers ?? []),
          peerContainer(args, couchdb?.peerEnvironment),
          ...(debugging?.containers ?? []),
        ],
        ...debugging?.pod,
        volumes: [tmpVolume, operationsRootVolume, ...enrolVolumes(enrolment), ...(couchdb?.volumes ?? [])],
        // The API server refuses another state database and an older Fabric at the Identity, before the peer gets them.
        dependsOn: [registered, ...(couchdb?.dependsOn ?? [])],
      },
      child,
    );
    this.rolled = rolled;
    this.registerOutputs({});
  }
}

/** @param databaseAccess - environment with the credentials of its state database, if that is CouchDB */
function peerContainer(
  { plan, organization, images }: PeerArgs,
  databaseAccess: k8sInput.core.v1.EnvVar[] = [],
): k8sInput.core.v1.Container {
  return {
    name: "peer",
    image: upstreamImage(images, "peer", plan.fabricVersion),
    command: ["peer", "node", "start"],
    env: [
      { name: "FABRIC_CFG_PATH", value: configuration.mountPath },
      {
        name: "CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG",
        valueFrom: {
          configMapKeyRef: { name: rootsConfigMapName(organization.certificateAuthority.name), key: rootKeys.builder },
        },
      },
      ...databaseAccess,
    ],
    ports: [
      { name: "grpc", containerPort: ports.peer },
      { name: "operations", containerPort: ports.operations },
    ],
    volumeMounts: [data, configuration, operationsRootMount, tmpMount],
    // The peer need not restart when its state database is unavailable for a while.
    ...serverProbes({ healthy: operationsHealth, alive: operationsAnswer, startSeconds: 180 }),
    resources: resourcesOf(plan.size, "peer"),
    ...containerDefaults,
  };
}

function allowedTraffic(args: PeerArgs): AllowedTraffic {
  const { plan, organization, node, platformNamespace } = args;
  const peers = pods({ network: plan.name, role: "peer" });
  const clients = pods({ network: plan.name, role: "client" });
  const api = plan.api?.organization.name === organization.name ? pods({ network: plan.name, role: "api" }) : [];
  const chaincodes = pods({ network: plan.name, organization: organization.name, role: "chaincode" });
  return {
    ingress: [
      allowFrom([...peers, ...clients, ...api, ...controllerIn(platformNamespace)], ports.peer),
      ...allowFromGateway(plan, node, ports.peer, ports.operations),
      ...allowFromMonitoring(args),
      ...(organization.stateDatabase === "couchdb" ? allowFromMonitoring(args, ports.couchdbMetrics) : []),
    ],
    egress: [
      allowTo(peers, ports.peer),
      allowTo(pods({ network: plan.name, role: "orderer" }), ports.orderer),
      allowTo(chaincodes, ports.chaincode),
      allowToEnrol(plan, organization),
    ],
  };
}
