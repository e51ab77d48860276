/**
 * What certificate authorities, peers, orderers, brokers, ZooKeepers, Prometheus, Alertmanagers, Grafana, validators and RPC nodes have in common: one
 * StatefulSet with one pod and one volume, the Services in front of it, its configuration, its ServiceAccount and its NetworkPolicy.
 */
import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { templateHashAnnotation } from "../../model/contracts/annotations";
import { labels, type Role } from "../../model/contracts/labels";
import { headlessServiceName, platformOrganization, serviceAddress } from "../../model/contracts/names";
import { restartingPart } from "../../model/contracts/podTemplate";
import { ports } from "../../model/contracts/ports";
import type { RolloutNode } from "../../model/customResources/rollout";
import type { NetworkPlan, NodePlan } from "../../model/network/networkPlan";
import type { PodRole } from "../../model/stackFile/podSchema";
import { serviceFamilies } from "./addressFamily";
import type { ObjectMetadata } from "./metadata";
import { type AllowedTraffic, networkPolicy } from "./networkPolicy";
import { configurationAnnotations, podTemplate, workloadMetadata } from "./podTemplate";
import { skipAwaitOfPods } from "./pulumiAnnotations";
import { service, tcpPort } from "./service";
import { serviceAccount } from "./serviceAccount";
import { dataVolumeClaim } from "./volumes";

/** Where a node runs, and how: of its network's plan, or of the platform. */
export interface Surroundings extends Pick<NetworkPlan, "namespace" | "pods" | "ipFamilies" | "storageClass"> {
  /** Name of the network; absent for the platform. */
  name?: string;
}

/** What a node is. */
type NodeRole = Extract<Role, keyof typeof podRoleOf>;

/** Arguments of {@link statefulNode}. */
export interface StatefulNodeArgs<R extends NodeRole = NodeRole> extends AllowedTraffic {
  plan: Surroundings;
  node: Pick<NodePlan, "name" | "address" | "endpoint" | "storage">;
  /** Absent for nodes of the platform, and of Ethereum. */
  organization?: string;
  role: R;
  /** Named TCP ports of the Services. */
  ports: Record<string, number>;
  /** Whether DNS has the node before it is ready: consenters need each other to become ready. */
  publishNotReadyAddresses?: boolean;
  /** Whether it may lead channels, so that its Rollout must ask which. */
  leads?: boolean;
  /** How long it may take to stop. Default: 30 seconds. */
  stopSeconds?: number;
  /** Files of the ConfigMap `<node>`, for the volume `configuration`; a change restarts the pod. */
  configuration?: Record<string, string>;
  initContainers: k8sInput.core.v1.Container[];
  containers: k8sInput.core.v1.Container[];
  /** Volumes in addition to `data` and `configuration`. */
  volumes: k8sInput.core.v1.Volume[];
  /** Names that lead elsewhere in this pod. */
  hostAliases?: k8sInput.core.v1.HostAlias[];
  /** Labels of the pod that no selector reads. */
  podLabels?: Record<string, string>;
  /** Objects that the pod mounts. */
  dependsOn?: pulumi.Resource[];
}

/** The name of a role in stack files. */
const podRoleOf = {
  "certificate-authority": "certificateAuthority",
  peer: "peer",
  orderer: "orderer",
  kafka: "kafka",
  zookeeper: "zookeeper",
  prometheus: "prometheus",
  alertmanager: "alertmanager",
  grafana: "grafana",
  validator: "validator",
  bootnode: "bootnode",
  "rpc-node": "rpcNode",
} as const satisfies Partial<Record<Role, PodRole>>;

/** Name of the volume with the files of its ConfigMap, if it has one. */
export const configurationVolume = "configuration";

/** What {@link statefulNode} has created. */
export interface StatefulNode<R extends NodeRole> {
  /** To bind roles to. */
  account: k8s.core.v1.ServiceAccount;
  /** The node as its Rollout names it. */
  rolled: Omit<RolloutNode, "role"> & { role: R };
}

/**
 * Creates the objects of a node.
 *
 * @param resourceName - name of the Pulumi resources; the plan names the objects
 * @param opts - options of every object; `parent` is the node's component
 */
export function statefulNode<R extends NodeRole>(
  resourceName: string,
  args: StatefulNodeArgs<R>,
  opts: pulumi.CustomResourceOptions,
): StatefulNode<R> {
  const { plan, node, organization, role, configuration } = args;
  const own = labels({ network: plan.name, organization, role, instance: node.name });
  const metadata = { name: node.name, namespace: plan.namespace, labels: own };

  const account = serviceAccount(resourceName, metadata, opts);
  if (configuration !== undefined) {
    new k8s.core.v1.ConfigMap(resourceName, { metadata, data: configuration }, opts);
  }
  const headless = services(resourceName, metadata, args, opts);
  networkPolicy(resourceName, metadata, args, opts);
  const template = nodeTemplate(args, own);
  const hash = shortHash(restartingPart(template));
  const annotations = { ...skipAwaitOfPods, [templateHashAnnotation]: hash };
  new k8s.apps.v1.StatefulSet(
    resourceName,
    {
      metadata: workloadMetadata({ ...metadata, annotations }, plan.pods, podRoleOf[role]),
      spec: {
        serviceName: headlessServiceName(node.name),
        replicas: 1,
        // The controller restarts nodes one after another, as the network's Rollout says.
        updateStrategy: { type: "OnDelete" },
        // By the default, a pod that never became ready would stay after the change that broke it was taken back.
        podManagementPolicy: "Parallel",
        selector: { matchLabels: own },
        // The volume outlives the StatefulSet, and a new one of the same name adopts it.
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        template,
        volumeClaimTemplates: [dataVolumeClaim(plan, node.storage, own)],
      },
    },
    // The API server refuses a change of the template; the controller lets claims grow without it. A StatefulSet of an earlier release keeps
    // its pod management: to change it, all nodes would be replaced at once.
    {
      ...opts,
      dependsOn: [headless, account, ...(args.dependsOn ?? [])],
      ignoreChanges: ["spec.volumeClaimTemplates", "spec.podManagementPolicy"],
    },
  );
  const operations = args.leads ? serviceAddress(node.name, plan.namespace, ports.operations) : undefined;
  const rolled = {
    ...{ name: node.name, role, organization: organization ?? platformOrganization, template: hash },
    ...(operations && { operations }),
    storage: node.storage,
  };
  return { account, rolled };
}

function nodeTemplate(args: StatefulNodeArgs, own: Record<string, string>): k8sInput.core.v1.PodTemplateSpec {
  const { plan, node, organization, role, configuration } = args;
  return podTemplate({
    pods: plan.pods,
    role: podRoleOf[role],
    account: node.name,
    labels: { ...own, ...args.podLabels },
    annotations: configurationAnnotations(configuration),
    spreadOver: labels({ network: plan.name, organization, role }),
    spec: podSpec(args),
  });
}

/** Creates the headless Service that gives the pod its DNS name, and the Service of its address. Returns the headless one. */
function services(
  resourceName: string,
  metadata: ObjectMetadata,
  { plan, node, ports, publishNotReadyAddresses = false }: StatefulNodeArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Service {
  const own = Object.entries(ports).map(([name, port]) => tcpPort(name, port));
  const shared = { ...serviceFamilies(plan.ipFamilies), ...(publishNotReadyAddresses && { publishNotReadyAddresses }) };
  const headless = service(
    `${resourceName}-headless`,
    { ...metadata, name: headlessServiceName(node.name) },
    { clusterIP: "None", ports: own, ...shared },
    opts,
  );
  service(resourceName, metadata, { type: "ClusterIP", ports: [...own, ...handedOutPort(node)], ...shared }, opts);
  return headless;
}

/** The port of the node's endpoint if it is not the node's own: inside the cluster, the Service maps it to the node's. */
function handedOutPort({ address, endpoint }: StatefulNodeArgs["node"]): k8sInput.core.v1.ServicePort[] {
  const [own, handedOut] = [address, endpoint].map((text) => Number(text.split(":")[1]));
  return own === handedOut ? [] : [tcpPort("gateway", handedOut!, own!)];
}

function podSpec({
  node,
  initContainers,
  containers,
  configuration,
  volumes,
  hostAliases,
  stopSeconds = 30,
}: StatefulNodeArgs): k8sInput.core.v1.PodSpec {
  const configured = configuration === undefined ? [] : [{ name: configurationVolume, configMap: { name: node.name } }];
  return {
    terminationGracePeriodSeconds: stopSeconds,
    ...(hostAliases && { hostAliases }),
    initContainers,
    containers,
    volumes: [...configured, ...volumes],
  };
}

const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
