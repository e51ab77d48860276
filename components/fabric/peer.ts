import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import {
  ports,
  rootsConfigMap,
  type NetworkPlan,
  type NodePlan,
  type OrganizationPlan,
} from "../../model/network/plan";
import { versions } from "../../model/project/versions";
import { couchdbSidecar } from "./couchdb";
import { enrolContainer, enrolVolumes, identity } from "./enrolment";
import { allowFrom, allowFromGateway, allowTo, controllerIn, pods } from "../kubernetes/networkAccess";
import { peerConfiguration } from "./peerConfiguration";
import { containerDefaults } from "../kubernetes/podSecurity";
import { upstreamImage, type ImageSettings } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";
import { dataVolume, statefulNode } from "./statefulNode";

/** Arguments of {@link Peer}. */
export interface PeerArgs {
  plan: NetworkPlan;
  organization: OrganizationPlan;
  node: NodePlan;
  images: ImageSettings;
  /** Reference of the enrol image. */
  enrolImage: string;
  /** Namespace of the network controller. */
  platformNamespace: pulumi.Input<string>;
}

/** A peer: its identity, its StatefulSet with ledger and crypto material on one volume, its Services. */
export class Peer extends pulumi.ComponentResource {
  constructor(name: string, args: PeerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Peer", name, { node: args.node.name, organization: args.organization.name }, opts);
    const { plan, organization, node } = args;
    const child = { parent: this };
    const certificateAuthority = organization.certificateAuthority;
    const data = { name: dataVolume, mountPath: "/var/hyperledger" };
    const configuration = { name: "configuration", mountPath: "/etc/baas/peer", readOnly: true };

    identity(
      `${name}-identity`,
      plan,
      organization.name,
      node.name,
      { certificateAuthority: certificateAuthority.name, enrolmentId: node.id, type: "peer" },
      child,
    );
    const couchdb =
      organization.stateDatabase === "couchdb"
        ? couchdbSidecar(`${name}-couchdb`, { ...args, volume: dataVolume }, child)
        : undefined;
    const peer: k8sInput.core.v1.Container = {
      name: "peer",
      image: upstreamImage(args.images, `${versions.images.peer}:${plan.fabricVersion}`),
      command: ["peer", "node", "start"],
      env: [
        { name: "FABRIC_CFG_PATH", value: configuration.mountPath },
        {
          name: "CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG",
          valueFrom: { configMapKeyRef: { name: rootsConfigMap(certificateAuthority), key: "ccaas-builder.json" } },
        },
        ...(couchdb?.peerEnvironment ?? []),
      ],
      ports: [
        { name: "grpc", containerPort: ports.peer },
        { name: "operations", containerPort: ports.operations },
      ],
      volumeMounts: [data, configuration, { name: "tmp", mountPath: "/tmp" }],
      startupProbe: { ...healthy, periodSeconds: 1, failureThreshold: 180 },
      readinessProbe: { ...healthy, periodSeconds: 5, timeoutSeconds: 5 },
      livenessProbe: { ...alive, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
      resources: resourcesOf(plan.size, "peer"),
      ...containerDefaults,
    };
    statefulNode(
      name,
      {
        plan,
        node,
        organization: organization.name,
        role: "peer",
        ports: { grpc: ports.peer, operations: ports.operations },
        configuration: { "core.yaml": peerConfiguration(plan, organization, node) },
        ingress: [
          allowFrom(
            [
              ...pods({ network: plan.name, role: "peer" }),
              ...pods({ network: plan.name, role: "client" }),
              ...controllerIn(args.platformNamespace),
            ],
            ports.peer,
          ),
          ...allowFromGateway(plan, node, ports.peer, ports.operations),
        ],
        egress: [
          allowTo(pods({ network: plan.name, role: "peer" }), ports.peer),
          allowTo(pods({ network: plan.name, role: "orderer" }), ports.orderer),
          allowTo(pods({ network: plan.name, organization: organization.name, role: "chaincode" }), ports.chaincode),
          allowTo(
            pods({ network: plan.name, organization: organization.name, role: "certificate-authority" }),
            ports.certificateAuthority,
          ),
        ],
        initContainers: [
          enrolContainer({
            plan,
            identity: node.name,
            certificateAuthority,
            hosts: node.hosts,
            image: args.enrolImage,
            volume: data,
          }),
        ],
        containers: [...(couchdb?.containers ?? []), peer],
        volumes: [
          { name: configuration.name, configMap: { name: node.name } },
          { name: "tmp", emptyDir: {} },
          ...enrolVolumes({ identity: node.name, certificateAuthority }),
          ...(couchdb?.volumes ?? []),
        ],
        dependsOn: couchdb?.dependsOn,
      },
      child,
    );
    this.registerOutputs({});
  }
}

const healthy = { httpGet: { path: "/healthz", port: ports.operations, scheme: "HTTPS" } };
// A state database that is away for a while is no reason to restart the peer.
const alive = { tcpSocket: { port: ports.peer } };
