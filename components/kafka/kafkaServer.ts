/**
 * What brokers and ZooKeepers have in common: one StatefulSet with one pod and one volume, the Service that names it, its
 * configuration, its ServiceAccount and its NetworkPolicy.
 */
import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { configurationHashAnnotation, templateHashAnnotation } from "../../model/contracts/annotations";
import { labels } from "../../model/contracts/labels";
import { dataVolume } from "../../model/contracts/names";
import { restartingPart } from "../../model/contracts/podTemplate";
import type { KafkaServerPlan } from "../../model/platform/planKafka";
import type { IpFamilies } from "../../model/stackFile/clusterSchema";
import type { PodsPlan } from "../../model/stackFile/mergedPods";
import type { Size } from "../../model/stackFile/schema";
import { serviceFamilies } from "../kubernetes/addressFamily";
import { type AllowedTraffic, networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { skipAwaitOfPods } from "../kubernetes/pulumiAnnotations";
import { service, tcpPort } from "../kubernetes/service";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { resourcesOf } from "../kubernetes/sizes";
import { tmpMount, tmpVolume } from "../kubernetes/volumes";
import { javaEnvironment, type JavaServer, log4jProperties } from "./java";
import type { ServerCertificate } from "./serverCertificate";

/** What all servers of a platform's Kafka have in common. */
export interface KafkaContext {
  /** Namespace of the platform. */
  namespace: string;
  size: Size;
  pods: PodsPlan;
  /** Reference of the image of Kafka and ZooKeeper. */
  image: string;
  ipFamilies?: IpFamilies;
  storageClass?: string;
  /** How a server gets its certificate. */
  certificateOf: (server: KafkaServerPlan, opts: pulumi.CustomResourceOptions) => ServerCertificate;
}

/** Arguments of {@link kafkaServer}. */
export interface KafkaServerArgs extends KafkaContext, AllowedTraffic {
  server: KafkaServerPlan;
  role: JavaServer;
  certificate: ServerCertificate;
  /** Named TCP ports of the Service. */
  ports: Record<string, number>;
  /** Files beside log4j's, in {@link configurationDir}; a change restarts the pod. */
  configuration: Record<string, string>;
  command: string[];
  environment?: k8sInput.core.v1.EnvVar[];
  probes: Pick<k8sInput.core.v1.Container, "startupProbe" | "readinessProbe" | "livenessProbe">;
  /** How long it may take to stop. */
  stopSeconds: number;
}

/** Volume of a server. */
export const data = { name: dataVolume, mountPath: "/var/lib/kafka" };

/** Folder of the files of a server's ConfigMap. */
export const configurationDir = "/etc/baas/kafka";

const configurationMount = { name: "configuration", mountPath: configurationDir, readOnly: true };
const log4jFile = "log4j.properties";

/**
 * Creates the objects of a server.
 *
 * @param resourceName - name of the Pulumi resources
 * @param opts - options of every object; `parent` is the component
 */
export function kafkaServer(resourceName: string, args: KafkaServerArgs, opts: pulumi.CustomResourceOptions): void {
  const { server, role, namespace, certificate, pods } = args;
  const own = labels({ role, instance: server.name });
  const metadata = { name: server.name, namespace, labels: own };
  const account = serviceAccount(resourceName, metadata, opts);
  const files = { ...args.configuration, [log4jFile]: log4jProperties };
  const configuration = new k8s.core.v1.ConfigMap(resourceName, { metadata, data: files }, opts);
  // Servers need each other to become ready.
  const named = service(
    resourceName,
    metadata,
    {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      ports: Object.entries(args.ports).map(([name, port]) => tcpPort(name, port)),
      ...serviceFamilies(args.ipFamilies),
    },
    opts,
  );
  networkPolicy(resourceName, metadata, args, opts);
  const template = podTemplate({
    pods,
    role,
    account: server.name,
    labels: own,
    annotations: { [configurationHashAnnotation]: shortHash(JSON.stringify(Object.entries(files).sort())) },
    spreadOver: labels({ role }),
    spec: podSpec(args),
  });
  const annotations = { ...skipAwaitOfPods, [templateHashAnnotation]: shortHash(restartingPart(template)) };
  new k8s.apps.v1.StatefulSet(
    resourceName,
    {
      metadata: workloadMetadata({ ...metadata, annotations }, pods, role),
      spec: {
        serviceName: server.name,
        replicas: 1,
        // The controller restarts servers one after another.
        updateStrategy: { type: "OnDelete" },
        // By the default, a pod that never became ready would stay after the change that broke it was taken back.
        podManagementPolicy: "Parallel",
        selector: { matchLabels: own },
        // The volume outlives the StatefulSet, and a new one of the same name adopts it.
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        template,
        volumeClaimTemplates: [volumeClaim(args, own)],
      },
    },
    // The API server refuses a change of the template; claims are resized without it.
    {
      ...opts,
      dependsOn: [named, account, configuration, ...certificate.dependsOn],
      ignoreChanges: ["spec.volumeClaimTemplates"],
    },
  );
}

function podSpec(args: KafkaServerArgs): k8sInput.core.v1.PodSpec {
  const { server, role, size, certificate } = args;
  return {
    terminationGracePeriodSeconds: args.stopSeconds,
    initContainers: certificate.initContainers,
    containers: [
      {
        name: role,
        image: args.image,
        command: args.command,
        env: [...javaEnvironment(size, role, `${configurationDir}/${log4jFile}`), ...(args.environment ?? [])],
        ports: Object.entries(args.ports).map(([name, containerPort]) => ({ name, containerPort })),
        volumeMounts: [data, configurationMount, tmpMount],
        ...args.probes,
        resources: resourcesOf(size, role),
        ...containerDefaults,
      },
    ],
    volumes: [{ name: configurationMount.name, configMap: { name: server.name } }, tmpVolume, ...certificate.volumes],
  };
}

function volumeClaim({ server, storageClass }: KafkaServerArgs, own: Record<string, string>) {
  return {
    metadata: { name: dataVolume, labels: own },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
      resources: { requests: { storage: server.storage } },
    },
  } satisfies k8sInput.core.v1.PersistentVolumeClaim;
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

const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
