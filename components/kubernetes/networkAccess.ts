/**
 * Rules of NetworkPolicies. Every namespace denies everything; each component opens what it needs, in both directions.
 */
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import { type Identification, labels, networkLabel } from "../../model/contracts/labels";
import { type NetworkPlan, type NodePlan, passesThrough } from "../../model/network/networkPlan";

/** Peers of a rule. */
export type Peers = k8sInput.networking.v1.NetworkPolicyPeer[];

/** Pods of the same namespace with these labels. */
export function pods(identification: Identification): Peers {
  return [{ podSelector: { matchLabels: labels(identification) } }];
}

/** The network controller, in the platform's namespace. */
export function controllerIn(namespace: pulumi.Input<string>): Peers {
  return [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
      podSelector: { matchLabels: labels({ role: "controller" }) },
    },
  ];
}

/** Pods of any network with this role. */
export function podsOfAnyNetwork(identification: Identification): Peers {
  return [
    {
      namespaceSelector: { matchExpressions: [{ key: networkLabel, operator: "Exists" }] },
      podSelector: { matchLabels: labels(identification) },
    },
  ];
}

/** An ingress rule: from these, to these TCP ports. */
export function allowFrom(from: Peers, ...ports: number[]): k8sInput.networking.v1.NetworkPolicyIngressRule {
  return { from, ports: ports.map((port) => ({ protocol: "TCP", port })) };
}

/**
 * What the network's gateway may reach of a node, if it has one.
 *
 * @param port - for what it passes through to the node
 * @param healthPort - where the node tells its health
 */
export function allowFromGateway(
  { name, gateway }: NetworkPlan,
  node: NodePlan,
  port: number,
  healthPort?: number,
): k8sInput.networking.v1.NetworkPolicyIngressRule[] {
  if (gateway === undefined) return [];
  const open = [...(passesThrough(gateway, node) ? [port] : []), ...(healthPort === undefined ? [] : [healthPort])];
  return open.length === 0 ? [] : [allowFrom(pods({ network: name, role: "gateway" }), ...open)];
}

/** An egress rule: to these, on these TCP ports. */
export function allowTo(to: Peers, ...ports: number[]): k8sInput.networking.v1.NetworkPolicyEgressRule {
  return { to, ports: ports.map((port) => ({ protocol: "TCP", port })) };
}

/** To the Kubernetes API: its address is not a pod's and differs from cluster to cluster, so by its ports. */
export const allowToKubernetesApi: k8sInput.networking.v1.NetworkPolicyEgressRule = {
  ports: [443, 6443].map((port) => ({ protocol: "TCP", port })),
};

/** To DNS: served by pods, by node-local caches or by the host, depending on the cluster, so by its port. */
export const allowToDns: k8sInput.networking.v1.NetworkPolicyEgressRule = {
  ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })),
};
