import * as pulumi from "@pulumi/pulumi";

import { passesThrough, ports, type NetworkPlan, type NodePlan } from "../../model/network/plan";
import { versions } from "../../model/project/versions";
import { enrolContainer, enrolVolumes, identity } from "./enrolment";
import { allowFrom, allowFromGateway, allowTo, controllerIn, pods } from "../kubernetes/networkAccess";
import { ordererConfiguration } from "./ordererConfiguration";
import { containerDefaults } from "../kubernetes/podSecurity";
import { upstreamImage, type ImageSettings } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";
import { dataVolume, statefulNode } from "./statefulNode";

/** Arguments of {@link Orderer}. */
export interface OrdererArgs {
  plan: NetworkPlan;
  node: NodePlan;
  images: ImageSettings;
  /** Reference of the enrol image. */
  enrolImage: string;
  /** Namespace of the network controller. */
  platformNamespace: pulumi.Input<string>;
}

/** An orderer: its identity, its StatefulSet with blocks, Raft log and crypto material on one volume, its Services. */
export class Orderer extends pulumi.ComponentResource {
  constructor(name: string, args: OrdererArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Orderer", name, { node: args.node.name }, opts);
    const { plan, node } = args;
    const child = { parent: this };
    const organization = plan.ordering.organization;
    const certificateAuthority = organization.certificateAuthority;
    const data = { name: dataVolume, mountPath: "/var/hyperledger" };
    const configuration = { name: "configuration", mountPath: "/etc/baas/orderer", readOnly: true };
    const orderers = pods({ network: plan.name, role: "orderer" });
    const peers = pods({ network: plan.name, role: "peer" });
    // Clients that go to orderers themselves may do so in the cluster where they may from outside.
    const isOpen = plan.gateway !== undefined && passesThrough(plan.gateway, node);
    const clients = isOpen ? [allowFrom(pods({ network: plan.name, role: "client" }), ports.orderer)] : [];

    identity(
      `${name}-identity`,
      plan,
      organization.name,
      node.name,
      { certificateAuthority: certificateAuthority.name, enrolmentId: node.id, type: "orderer" },
      child,
    );
    statefulNode(
      name,
      {
        plan,
        node,
        organization: organization.name,
        role: "orderer",
        ports: { grpc: ports.orderer, admin: ports.ordererAdmin, operations: ports.operations },
        publishNotReadyAddresses: true,
        configuration: { "orderer.yaml": ordererConfiguration(organization.mspId) },
        ingress: [
          allowFrom([...orderers, ...peers, ...controllerIn(args.platformNamespace)], ports.orderer),
          // The participation API trusts every certificate of its CA: only the controller may reach it.
          allowFrom(controllerIn(args.platformNamespace), ports.ordererAdmin),
          ...allowFromGateway(plan, node, ports.orderer, ports.operations),
          ...clients,
        ],
        egress: [
          allowTo(orderers, ports.orderer),
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
        containers: [
          {
            name: "orderer",
            image: upstreamImage(args.images, `${versions.images.orderer}:${plan.fabricVersion}`),
            command: ["orderer"],
            env: [{ name: "FABRIC_CFG_PATH", value: configuration.mountPath }],
            ports: [
              { name: "grpc", containerPort: ports.orderer },
              { name: "admin", containerPort: ports.ordererAdmin },
              { name: "operations", containerPort: ports.operations },
            ],
            volumeMounts: [data, configuration, { name: "tmp", mountPath: "/tmp" }],
            startupProbe: { ...healthy, periodSeconds: 1, failureThreshold: 180 },
            readinessProbe: { ...healthy, periodSeconds: 5, timeoutSeconds: 5 },
            livenessProbe: { ...healthy, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
            resources: resourcesOf(plan.size, "orderer"),
            ...containerDefaults,
          },
        ],
        volumes: [
          { name: configuration.name, configMap: { name: node.name } },
          { name: "tmp", emptyDir: {} },
          ...enrolVolumes({ identity: node.name, certificateAuthority }),
        ],
      },
      child,
    );
    this.registerOutputs({});
  }
}

const healthy = { httpGet: { path: "/healthz", port: ports.operations, scheme: "HTTPS" } };
