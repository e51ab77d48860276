/**
 * Rules of NetworkPolicies. Every namespace denies everything; each component opens what it needs, in both directions.
 */
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import { type Identification, labels, networkLabel } from "../../model/contracts/labels";
import { kubeletPort } from "../../model/contracts/ports";
import { type NetworkPlan, type NodePlan, passesThrough } from "../../model/network/networkPlan";

/** Peers of a rule. */
export type Peers = k8sInput.networking.v1.NetworkPolicyPeer[];

/** Pods of the same namespace with these labels. */
export function pods(identification: Identification): Peers {
  return [{ podSelector: { matchLabels: labels(identification) } }];
}

/** The network controller, in the platform's namespace. */
export function controllerIn(namespace: pulumi.Input<string>): Peers {
  return podsIn(namespace, { role: "controller" });
}

/** Pods of another namespace with these labels. */
export function podsIn(namespace: pulumi.Input<string>, identification: Identification): Peers {
  return [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
      podSelector: { matchLabels: labels(identification) },
    },
  ];
}

/** All pods of a namespace. */
export function anyPodIn(namespace: string): Peers {
  return [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }];
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
 * An ingress rule: from the network's gateway to a node, if the network has a gateway.
 *
 * @param port - port for connections that it passes through to the node
 * @param healthPort - port of the node's health check
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

/** To these ports of servers outside the cluster, whose addresses nobody knows before. No rule where there are none. */
export function allowToOutside(ports: readonly number[]): k8sInput.networking.v1.NetworkPolicyEgressRule[] {
  return ports.length === 0 ? [] : [{ ports: [...new Set(ports)].map((port) => ({ protocol: "TCP", port })) }];
}

/** The port in a host and a port. */
export const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(":") + 1));

/** The port of an address by https. */
export const httpsPortOf = (url: string): number => Number(new URL(url).port || 443);

/** To the Kubernetes API. The rule names ports only: the API is no pod, and its address differs from cluster to cluster. */
export const allowToKubernetesApi: k8sInput.networking.v1.NetworkPolicyEgressRule = {
  ports: [443, 6443].map((port) => ({ protocol: "TCP", port })),
};

/** To the kubelets. The rule names the port only: they have the addresses of nodes, which come and go. */
export const allowToKubelets: k8sInput.networking.v1.NetworkPolicyEgressRule = {
  ports: [{ protocol: "TCP", port: kubeletPort }],
};

/** To the pods of OpenShift's DNS. They listen on another port than its Service, and NetworkPolicies are applied behind that. */
export const allowToDnsOfOpenShift: k8sInput.networking.v1.NetworkPolicyEgressRule = {
  to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-dns" } } }],
  ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 5353 })),
};

/** To DNS. The rule names ports only: depending on the cluster, pods, node-local caches or the host serve DNS. */
export const allowToDns: k8sInput.networking.v1.NetworkPolicyEgressRule = {
  ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })),
};
