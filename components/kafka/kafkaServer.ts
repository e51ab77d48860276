/** What brokers and ZooKeepers have in common: their image, their certificate, how they start, and how they are asked. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { kafkaCaName, type PlatformCaName } from "../../model/contracts/certificateAuthority";
import { keyStoreFile, nodeFiles } from "../../model/contracts/enrolment";
import { dataVolume } from "../../model/contracts/names";
import { platformCryptoDir, platformIdentityName } from "../../model/contracts/platformCa";
import type { RolloutNode } from "../../model/customResources/rollout";
import type { KafkaServerPlan } from "../../model/platform/planKafka";
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
import { configurationVolume, statefulNode, type Surroundings } from "../kubernetes/statefulNode";
import { tmpMount, tmpVolume } from "../kubernetes/volumes";
import { javaEnvironment, type JavaServer, log4jProperties } from "./java";

/** What all servers of a platform's Kafka have in common. */
export interface KafkaContext {
  surroundings: Surroundings;
  size: Size;
  /** Reference of the image of Kafka and ZooKeeper. */
  image: string;
  /** Reference of the enrol image. */
  enrolImage: string;
}

/** Arguments of {@link kafkaServer}. */
export interface KafkaServerArgs extends KafkaContext, AllowedTraffic {
  server: KafkaServerPlan;
  role: JavaServer;
  /** Named TCP ports of the Services. */
  ports: Record<string, number>;
  /** Files beside log4j's, in {@link configurationDir}; a change restarts the pod. */
  configuration: Record<string, string>;
  command: string[];
  environment?: k8sInput.core.v1.EnvVar[];
  probes: Pick<k8sInput.core.v1.Container, "startupProbe" | "readinessProbe" | "livenessProbe">;
  /** How long it may take to stop. */
  stopSeconds: number;
}

const data = { name: dataVolume, mountPath: "/var/hyperledger" };

/** Folder of the data that a server keeps. */
export const dataDir = (role: JavaServer): string => `${data.mountPath}/${role}-data`;

/** Folder of the files of a server's ConfigMap. */
export const configurationDir = "/etc/baas/kafka";

const log4jFile = "log4j.properties";

const cryptoFile = (file: string): string => `${platformCryptoDir(kafkaCaName)}/${file}`;

/** The server's certificate, and the CA that signs what may connect. */
export const pemFiles = { keyStore: cryptoFile(keyStoreFile), trustStore: cryptoFile(nodeFiles.tlsRoot) };

/**
 * Creates the objects of a server.
 *
 * @param resourceName - name of the Pulumi resources
 * @param opts - options of every object; `parent` is the component
 * @returns the server as its Rollout names it
 */
export function kafkaServer(
  resourceName: string,
  args: KafkaServerArgs,
  opts: pulumi.CustomResourceOptions,
): RolloutNode {
  const { server, role, size, enrolImage, surroundings, ports, configuration, stopSeconds } = args;
  const { namespace } = surroundings;
  const issuer: PlatformCaName = kafkaCaName;
  const identity = platformIdentityName(server.name, issuer);
  const registered = platformIdentity(`${resourceName}-${issuer}`, { issuer, name: server.name, namespace }, opts);
  const { hosts } = server;
  const enrolment = { issuer, size, enrolImage, platformNamespace: namespace, identity, hosts, volume: data };
  const { rolled } = statefulNode(
    resourceName,
    {
      plan: surroundings,
      node: server,
      role,
      ports,
      // Servers need each other to become ready.
      publishNotReadyAddresses: true,
      configuration: { ...configuration, [log4jFile]: log4jProperties },
      ingress: args.ingress,
      egress: [...args.egress, allowToPlatformCa(namespace)],
      initContainers: [platformEnrolContainer(enrolment)],
      containers: [serverContainer(args)],
      volumes: [tmpVolume, ...platformEnrolVolumes(enrolment)],
      stopSeconds,
      dependsOn: [registered],
    },
    opts,
  );
  return rolled;
}

function serverContainer(args: KafkaServerArgs): k8sInput.core.v1.Container {
  const { role, size, image, command, environment = [], ports, probes } = args;
  return {
    name: role,
    image,
    command,
    env: [...javaEnvironment(size, role, `${configurationDir}/${log4jFile}`), ...environment],
    ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort })),
    volumeMounts: [data, { name: configurationVolume, mountPath: configurationDir, readOnly: true }, tmpMount],
    ...probes,
    resources: resourcesOf(size, role),
    ...containerDefaults,
  };
}

/** Probes by a script of the ConfigMap, which asks the server itself. */
export function scriptProbes(args: { healthy: string[]; alive: string[]; startSeconds: number }) {
  const asked = (command: string[]) => ({ exec: { command: ["bash", ...command] }, timeoutSeconds: 5 });
  return {
    startupProbe: { ...asked(args.healthy), periodSeconds: 2, failureThreshold: Math.ceil(args.startSeconds / 2) },
    readinessProbe: { ...asked(args.healthy), periodSeconds: 10 },
    livenessProbe: { ...asked(args.alive), periodSeconds: 20, failureThreshold: 6 },
  };
}
