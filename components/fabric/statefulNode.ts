/**
 * What certificate authorities, peers and orderers have in common: one StatefulSet with one pod and one volume, the
 * Services in front of it, its configuration, its ServiceAccount and its NetworkPolicy.
 */
import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import type { NetworkPlan, NodePlan } from "../../model/network/plan";
import { labels, type Role } from "../../model/contracts/labels";
import { podSecurityContext } from "../kubernetes/podSecurity";

/** Arguments of {@link statefulNode}. */
export interface StatefulNodeArgs {
  plan: NetworkPlan;
  node: NodePlan;
  organization: string;
  role: Role;
  /** Named TCP ports of the Services. */
  ports: Record<string, number>;
  /** Whether the node is found before it is ready: consenters need each other to become so. */
  publishNotReadyAddresses?: boolean;
  /** Files of the ConfigMap `<node>`; a change restarts the pod. */
  configuration?: Record<string, string>;
  ingress: k8sInput.networking.v1.NetworkPolicyIngressRule[];
  egress: k8sInput.networking.v1.NetworkPolicyEgressRule[];
  initContainers: k8sInput.core.v1.Container[];
  containers: k8sInput.core.v1.Container[];
  /** Volumes besides `data`, the node's own. */
  volumes: k8sInput.core.v1.Volume[];
  /** Objects that the pod mounts. */
  dependsOn?: pulumi.Resource[];
}

/** Name of the volume that the node keeps. */
export const dataVolume = "data";

/** What {@link statefulNode} made. */
export interface StatefulNode {
  statefulSet: k8s.apps.v1.StatefulSet;
  serviceAccount: k8s.core.v1.ServiceAccount;
}

/**
 * Creates the objects of a node.
 *
 * @param resourceName - name of the Pulumi resources; the objects are called as the plan says
 * @param opts - options of every object; `parent` is the node's component
 */
export function statefulNode(
  resourceName: string,
  args: StatefulNodeArgs,
  opts: pulumi.CustomResourceOptions,
): StatefulNode {
  const { plan, node, organization, role } = args;
  const name = node.name;
  const own = labels({ network: plan.name, organization, role, instance: name });
  const metadata = { name, namespace: plan.namespace, labels: own };

  const serviceAccount = new k8s.core.v1.ServiceAccount(
    resourceName,
    { metadata, automountServiceAccountToken: false },
    opts,
  );
  if (args.configuration !== undefined) {
    new k8s.core.v1.ConfigMap(resourceName, { metadata, data: args.configuration }, opts);
  }
  const servicePorts = Object.entries(args.ports).map(([port, number]) => ({
    name: port,
    port: number,
    targetPort: number,
    protocol: "TCP",
  }));
  const gatewayPort = handedOutPort(node);
  const publishNotReadyAddresses = args.publishNotReadyAddresses ?? false;
  const headless = new k8s.core.v1.Service(
    `${resourceName}-headless`,
    {
      metadata: { ...metadata, name: `${name}-headless`, annotations: skipAwait },
      spec: { clusterIP: "None", selector: own, ports: servicePorts, publishNotReadyAddresses },
    },
    opts,
  );
  new k8s.core.v1.Service(
    resourceName,
    {
      metadata: { ...metadata, annotations: skipAwait },
      spec: {
        type: "ClusterIP",
        selector: own,
        ports: [...servicePorts, ...gatewayPort],
        publishNotReadyAddresses,
      },
    },
    opts,
  );
  new k8s.networking.v1.NetworkPolicy(
    resourceName,
    {
      metadata,
      spec: {
        podSelector: { matchLabels: own },
        policyTypes: ["Ingress", "Egress"],
        ingress: args.ingress,
        egress: args.egress,
      },
    },
    opts,
  );
  const statefulSet = new k8s.apps.v1.StatefulSet(
    resourceName,
    {
      metadata,
      spec: {
        serviceName: `${name}-headless`,
        replicas: 1,
        selector: { matchLabels: own },
        // The volume outlives the StatefulSet, and a new one of the same name adopts it.
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        template: {
          metadata: { labels: own, annotations: configurationAnnotations(args.configuration) },
          spec: {
            serviceAccountName: name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 30,
            securityContext: podSecurityContext,
            topologySpreadConstraints: [spread(labels({ network: plan.name, organization, role }))],
            initContainers: args.initContainers,
            containers: args.containers,
            volumes: args.volumes,
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: dataVolume, labels: own },
            spec: {
              accessModes: ["ReadWriteOnce"],
              ...(plan.storageClass === undefined ? {} : { storageClassName: plan.storageClass }),
              resources: { requests: { storage: node.storage } },
            },
          },
        ],
      },
    },
    // The API server refuses a changed template; claims grow by themselves.
    {
      ...opts,
      dependsOn: [headless, serviceAccount, ...(args.dependsOn ?? [])],
      ignoreChanges: ["spec.volumeClaimTemplates"],
    },
  );
  return { statefulSet, serviceAccount };
}

/** The port of the address that the network hands out, where it is not the node's own: in the cluster it leads to the node. */
function handedOutPort({ address, endpoint }: NodePlan): k8sInput.core.v1.ServicePort[] {
  const [own, handedOut] = [address, endpoint].map((text) => Number(text.split(":")[1]));
  if (own === handedOut) return [];
  return [{ name: "gateway", port: handedOut!, targetPort: own!, protocol: "TCP" }];
}

/** Spreads pods with these labels over the nodes of the cluster, as far as there are any. */
export function spread(matchLabels: Record<string, string>): k8sInput.core.v1.TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels },
  };
}

// The provider waits until a Service has endpoints; here the StatefulSet behind it is what is waited for.
const skipAwait = { "pulumi.com/skipAwait": "true" };

/** Restarts pods when their configuration changes. */
function configurationAnnotations(configuration?: Record<string, string>): Record<string, string> {
  if (configuration === undefined) return {};
  const hash = createHash("sha256")
    .update(JSON.stringify(Object.entries(configuration).sort()))
    .digest("hex");
  return { "baas.io/configuration-hash": hash.slice(0, 16) };
}
