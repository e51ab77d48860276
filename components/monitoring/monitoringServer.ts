/** What Prometheus, Alertmanagers and Grafana have in common: certificates of the platform's CAs, and how they start. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { kafkaCaName, operationsCaName } from "../../model/contracts/certificateAuthority";
import { monitoringConfigurationDir } from "../../model/contracts/monitoring";
import { dataVolume } from "../../model/contracts/names";
import { platformIdentityName } from "../../model/contracts/platformCa";
import type { NodePlan } from "../../model/network/networkPlan";
import type { Size } from "../../model/stackFile/schema";
import {
  allowToPlatformCa,
  platformEnrolContainer,
  platformEnrolVolumes,
  platformIdentity,
} from "../enrolment/platformEnrolment";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { resourcesOf } from "../kubernetes/sizes";
import { configurationVolume, type StatefulNode, statefulNode, type Surroundings } from "../kubernetes/statefulNode";
import { tmpMount, tmpVolume } from "../kubernetes/volumes";

/** What all servers of monitoring have in common. */
export interface MonitoringContext {
  surroundings: Surroundings;
  size: Size;
  /** Reference of the enrol image. */
  enrolImage: string;
}

/** What a server of monitoring is. */
export type MonitoringRole = "prometheus" | "alertmanager" | "grafana";

/** Arguments of {@link monitoringServer}. */
export interface MonitoringServerArgs extends MonitoringContext, AllowedTraffic {
  node: NodePlan;
  role: MonitoringRole;
  image: string;
  /** CAs of the platform that it has certificates of. Default: both, to be a reader of metrics and a server. */
  issuers?: readonly (typeof issuers)[number][];
  /** Named TCP ports of the Services. */
  ports: Record<string, number>;
  configuration: Record<string, string>;
  command: string[];
  variables?: k8sInput.core.v1.EnvVar[];
  probes: Pick<k8sInput.core.v1.Container, "startupProbe" | "readinessProbe" | "livenessProbe">;
  /** Further volumes, with their mounts. */
  mounts: MountedVolume[];
  /** Objects that the pod needs. */
  dependsOn?: pulumi.Resource[];
}

/** A mount in the server's container, with its volume. */
export interface MountedVolume {
  /** Absent if the pod has it anyway. */
  volume?: k8sInput.core.v1.Volume;
  mount: k8sInput.core.v1.VolumeMount;
}

const data = { name: dataVolume, mountPath: "/var/hyperledger" };

/** Folder of the data that a server keeps. */
export const dataDir = (role: MonitoringRole): string => `${data.mountPath}/${role}-data`;

/** Its certificates: one by which it is a client, and one by which it is a server. */
const issuers = [operationsCaName, kafkaCaName] as const;

/** Creates the objects of a server. */
export function monitoringServer(
  args: MonitoringServerArgs,
  opts: pulumi.CustomResourceOptions,
): StatefulNode<MonitoringRole> {
  const { node, role, surroundings, configuration, mounts, ports, issuers: own = issuers } = args;
  const { namespace } = surroundings;
  const { name } = node;
  const registered = own.map((issuer) => platformIdentity(`${name}-${issuer}`, { issuer, name, namespace }, opts));
  const volumes = own.flatMap((issuer) =>
    platformEnrolVolumes({ issuer, identity: platformIdentityName(name, issuer) }),
  );
  return statefulNode(
    name,
    {
      ...{ plan: surroundings, node, role, ports, configuration },
      // Alertmanagers need each other to become ready.
      publishNotReadyAddresses: true,
      ingress: args.ingress,
      egress: [...args.egress, allowToPlatformCa(namespace)],
      initContainers: own.map((issuer) => enrolContainer(args, issuer)),
      containers: [serverContainer(args)],
      volumes: [tmpVolume, ...uniqueByName(volumes), ...mounts.flatMap(({ volume }) => volume ?? [])],
      dependsOn: [...registered, ...(args.dependsOn ?? [])],
    },
    opts,
  );
}

function enrolContainer(
  { node, size, enrolImage, surroundings }: MonitoringServerArgs,
  issuer: (typeof issuers)[number],
): k8sInput.core.v1.Container {
  return platformEnrolContainer({
    ...{ issuer, size, enrolImage, platformNamespace: surroundings.namespace },
    identity: platformIdentityName(node.name, issuer),
    hosts: node.hosts,
    volume: data,
  });
}

/** Both certificates are of CAs whose roots are in one volume. */
function uniqueByName<T extends { name: pulumi.Input<string> }>(all: readonly T[]): T[] {
  return all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
}

function serverContainer(args: MonitoringServerArgs): k8sInput.core.v1.Container {
  const { role, size, image, command, variables, ports, probes, mounts } = args;
  return {
    name: role,
    image,
    command,
    ...(variables && { env: variables }),
    ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort })),
    volumeMounts: [
      data,
      { name: configurationVolume, mountPath: monitoringConfigurationDir, readOnly: true },
      tmpMount,
      ...mounts.map(({ mount }) => mount),
    ],
    ...probes,
    resources: resourcesOf(size, role),
    ...containerDefaults,
  };
}
