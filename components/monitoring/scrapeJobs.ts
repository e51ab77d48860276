/** What is read, and the labels that it gets, whoever reads it: the platform's own Prometheus, or that of an operator. */
import { ethereumPorts } from "../../model/contracts/ethereum";
import { jsonRpcPorts } from "../../model/contracts/jsonRpc";
import {
  instanceLabel,
  networkLabel,
  organizationLabel,
  partOfLabel,
  productName,
  type Role,
  roleLabel,
} from "../../model/contracts/labels";
import { nodeExporterName, nodeExporterNamespace } from "../../model/contracts/monitoring";
import { apiName, gatewayName, headlessServiceName } from "../../model/contracts/names";
import {
  controllerPorts,
  kubeStatePorts,
  nodeExporterPort,
  passThroughHealthPort,
  ports,
} from "../../model/contracts/ports";
import { durationSeconds } from "../../model/duration";
import { kubeStateJob } from "../../model/platform/alerts/kubernetes";

/** A step of relabelling, as Prometheus names its fields. */
export interface Relabelling {
  source_labels?: string[];
  regex?: string;
  target_label?: string;
  replacement?: string;
  action?: "keep" | "drop" | "labeldrop";
}

/** What all jobs have. */
interface ScrapeJob {
  /** Value of the label `job`. */
  name: string;
  relabellings: Relabelling[];
}

/** Nodes that are read by their own Services, so that one whose pod is gone is a target, too, and down. */
export interface NodeJob extends ScrapeJob {
  /** Label selector of the Services. */
  selector: string;
  /** Whether they ask for a certificate. Others are read behind NetworkPolicies. */
  hasTls: boolean;
}

/** Pods that are read by their addresses. */
export interface PodJob extends ScrapeJob {
  role: Role;
  /** Name that the certificates of all of them carry; absent where they have no TLS, behind a NetworkPolicy. */
  server?: string;
  /** Default: /metrics. */
  path?: string;
  /** The one namespace; all where it is absent. */
  namespace?: string;
  /** Whether their metrics name the networks that they are about. */
  honorLabels?: true;
}

/** What is read of kubelets. */
export interface KubeletJob {
  name: string;
  path: string;
  /** Names of the metrics that are kept, as a regular expression. */
  used: string;
}

/** How long Prometheus waits for metrics, in seconds. */
const usualTimeout = 10;

/** How long it waits at an interval: no longer than that, which it would refuse. */
export const scrapeTimeout = (interval: string): string =>
  durationSeconds(interval) < usualTimeout ? interval : `${usualTimeout}s`;

/** Name of a label as service discovery writes it. */
const asMeta = (label: string): string => label.replace(/[^a-zA-Z0-9]/g, "_");

/** Label selector of what has one of some roles. */
export const selected = (roles: readonly Role[]): string =>
  `${partOfLabel}=${productName},${roleLabel} in (${roles.join(",")})`;

/** Takes the labels of a network and a node from those of a Service or a pod. */
const named = (kind: "service" | "pod"): Relabelling[] => {
  const from = (label: string, target: string) => ({
    source_labels: [`__meta_kubernetes_${kind}_label_${asMeta(label)}`],
    target_label: target,
  });
  return [
    { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
    from(networkLabel, "network"),
    from(organizationLabel, "organization"),
    from(roleLabel, "role"),
    kind === "service"
      ? from(instanceLabel, "node")
      : { source_labels: ["__meta_kubernetes_pod_name"], target_label: "node" },
  ];
};

const keepPort = (port: number): Relabelling => ({
  source_labels: ["__meta_kubernetes_pod_container_port_number"],
  regex: String(port),
  action: "keep",
});

/** Every node has a Service of its own, which its certificate names if it has one. */
const ofServices = (port: number): Relabelling[] => [
  { source_labels: ["__meta_kubernetes_service_name"], regex: headlessServiceName(".+"), action: "drop" },
  { source_labels: ["__meta_kubernetes_service_port_number"], regex: String(port), action: "keep" },
  ...named("service"),
];

/** Nodes of Fabric, and those of Ethereum, whose JSON-RPC has no TLS either. */
export const nodeJobs: NodeJob[] = [
  {
    ...{ name: "nodes", hasTls: true, relabellings: ofServices(ports.operations) },
    selector: selected(["certificate-authority", "orderer", "peer"]),
  },
  {
    ...{ name: "ethereum", hasTls: false, relabellings: ofServices(ethereumPorts.metrics) },
    selector: selected(["validator", "bootnode", "rpc-node"]),
  },
];

/** What a platform has of its own that has metrics. */
export interface OwnPods {
  /** Namespace of the platform. */
  namespace: string;
  gateway: boolean;
  kubeState: boolean;
  nodeExporter: boolean;
}

/** Pods by their addresses. */
export function podJobs({ namespace, gateway, kubeState, nodeExporter }: OwnPods): PodJob[] {
  const ofNetworks = { relabellings: [keepPort(ports.operations), ...named("pod")] };
  return [
    { name: "gateways", role: "gateway", server: gatewayName, ...ofNetworks },
    { name: "api", role: "api", server: apiName, ...ofNetworks },
    {
      ...{ name: "controller", role: "controller", namespace, honorLabels: true },
      relabellings: [
        keepPort(controllerPorts.metrics),
        { source_labels: ["__meta_kubernetes_pod_name"], target_label: "node" },
      ],
    },
    couchdbJob,
    ethereumGatewaysJob,
    { name: "json-rpc", role: "json-rpc", relabellings: [keepPort(jsonRpcPorts.metrics), ...named("pod")] },
    ...(gateway
      ? [
          {
            ...{ name: "platform-gateway", role: "gateway" as const, namespace },
            relabellings: [keepPort(passThroughHealthPort), ...named("pod")],
          },
        ]
      : []),
    ...(kubeState
      ? [
          {
            // Its metrics name the namespaces and pods that they are about.
            ...{ name: kubeStateJob, role: "kube-state-metrics" as const, namespace, honorLabels: true as const },
            relabellings: [keepPort(kubeStatePorts.metrics)],
          },
        ]
      : []),
    ...(nodeExporter
      ? [
          {
            ...{ name: nodeExporterName, role: "node-exporter" as const, namespace: nodeExporterNamespace(namespace) },
            relabellings: [
              keepPort(nodeExporterPort),
              // As of kubelets, and in what is usual for node-exporter.
              { source_labels: ["__meta_kubernetes_pod_node_name"], target_label: "instance" },
            ],
          },
        ]
      : []),
  ];
}

/** HAProxy of Ethereum networks. It has no certificate, as it passes TLS through; that of the platform is in no network. */
const ethereumGatewaysJob: PodJob = {
  ...{ name: "ethereum-gateways", role: "gateway" },
  relabellings: [
    keepPort(passThroughHealthPort),
    { source_labels: [`__meta_kubernetes_pod_label_${asMeta(networkLabel)}`], regex: ".+", action: "keep" },
    ...named("pod"),
  ],
};

/** In pods of peers. Its role is another: rules on peers are not about it. */
const couchdbJob: PodJob = {
  ...{ name: "couchdb", role: "peer", path: "/_node/_local/_prometheus" },
  relabellings: [
    keepPort(ports.couchdbMetrics),
    ...named("pod"),
    { target_label: "role", replacement: "couchdb" },
    { source_labels: [`__meta_kubernetes_pod_label_${asMeta(instanceLabel)}`], target_label: "node" },
  ],
};

/** What is used of a kubelet's metrics. Those of volumes and containers name their own namespaces. */
export const kubeletJobs: KubeletJob[] = [
  { name: "volumes", path: "/metrics", used: "kubelet_volume_stats_(available|capacity)_bytes" },
  {
    name: "containers",
    path: "/metrics/resource",
    used: "container_(cpu_usage_seconds_total|memory_working_set_bytes|start_time_seconds)",
  },
];
