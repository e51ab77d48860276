/** The configuration of Prometheus: what it reads, by which rules it alerts, and whom it tells. */
import { dump } from "js-yaml";

import { ethereumPorts } from "../../model/contracts/ethereum";
import {
  instanceLabel,
  networkLabel,
  organizationLabel,
  partOfLabel,
  productName,
  type Role,
  roleLabel,
} from "../../model/contracts/labels";
import {
  metricsRootsDir,
  metricsRootsKey,
  monitoringClientFiles as client,
  monitoringConfigurationDir,
  monitoringServerFiles as server,
} from "../../model/contracts/monitoring";
import { apiName, gatewayName, headlessServiceName } from "../../model/contracts/names";
import { controllerPorts, monitoringPorts, ports } from "../../model/contracts/ports";
import { durationSeconds } from "../../model/duration";
import { alertGroups, ruleFile } from "../../model/platform/alerts";
import type { AlertSettings } from "../../model/platform/alerts/alertRule";
import type { MonitoringPlan } from "../../model/platform/planMonitoring";
import { apiTokenMount } from "../kubernetes/volumes";

/** Names of its files. */
export const prometheusFiles = { configuration: "prometheus.yml", rules: "rules.yml", web: "web.yml" } as const;

/** Arguments of {@link prometheusConfiguration}. */
export interface PrometheusConfigurationArgs extends AlertSettings {
  plan: MonitoringPlan;
  /** Name of the environment. */
  environment: string;
  /** Namespace of the platform. */
  namespace: string;
}

/** Roles of nodes that have metrics. */
const nodes: readonly Role[] = ["certificate-authority", "orderer", "peer"];

/** Its files by their names. */
export function prometheusConfiguration(args: PrometheusConfigurationArgs): Record<string, string> {
  const { plan, environment } = args;
  const { config, alertmanagers } = plan;
  const settings = { ...args, serviceLevels: config.serviceLevels, interval: durationSeconds(config.interval) };
  const configuration = {
    global: {
      scrape_interval: config.interval,
      // No longer than the interval, which Prometheus would refuse.
      scrape_timeout: durationSeconds(config.interval) < usualTimeout ? config.interval : `${usualTimeout}s`,
      evaluation_interval: config.interval,
      external_labels: { environment },
    },
    rule_files: [`${monitoringConfigurationDir}/${prometheusFiles.rules}`],
    alerting: {
      alertmanagers: [
        {
          scheme: "https",
          tls_config: { ...certificate, ca_file: server.root },
          static_configs: [{ targets: alertmanagers.map(({ address }) => address) }],
        },
      ],
    },
    scrape_configs: [
      ofNodes,
      ofEthereum,
      ofPods("gateways", "gateway", gatewayName),
      ofPods("api", "api", apiName),
      ...ofKubelets,
      ofController(args.namespace),
      ofItself,
      ofAlertmanagers(plan),
    ],
  };
  return {
    [prometheusFiles.configuration]: dump(configuration, { lineWidth: -1 }),
    [prometheusFiles.rules]: dump(ruleFile(alertGroups(settings), config.runbooks), { lineWidth: -1 }),
    [prometheusFiles.web]: dump({
      tls_server_config: { cert_file: server.certificate, key_file: server.key, min_version: "TLS12" },
    }),
  };
}

/** How long Prometheus waits for metrics, in seconds. */
const usualTimeout = 10;

const certificate = { cert_file: client.certificate, key_file: client.key };
const roots = { ...certificate, ca_file: `${metricsRootsDir}/${metricsRootsKey}` };

/** Name of a label as service discovery writes it. */
const asMeta = (label: string): string => label.replace(/[^a-zA-Z0-9]/g, "_");

const selected = (roles: readonly string[]): string =>
  `${partOfLabel}=${productName},${roleLabel} in (${roles.join(",")})`;

/** Takes the labels of a network and a node from those of a Service or a pod. */
const named = (kind: "service" | "pod") => {
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

/** Nodes of Ethereum, without TLS: behind NetworkPolicies, as their JSON-RPC is. */
const ofEthereum = {
  job_name: "ethereum",
  kubernetes_sd_configs: [
    { role: "service", selectors: [{ role: "service", label: selected(["validator", "bootnode", "rpc-node"]) }] },
  ],
  relabel_configs: [
    { source_labels: ["__meta_kubernetes_service_name"], regex: headlessServiceName(".+"), action: "drop" },
    { source_labels: ["__meta_kubernetes_service_port_number"], regex: String(ethereumPorts.metrics), action: "keep" },
    ...named("service"),
  ],
};

/** Every node has a Service of its own, which its certificate names. */
const ofNodes = {
  job_name: "nodes",
  scheme: "https",
  tls_config: roots,
  kubernetes_sd_configs: [{ role: "service", selectors: [{ role: "service", label: selected(nodes) }] }],
  relabel_configs: [
    { source_labels: ["__meta_kubernetes_service_name"], regex: headlessServiceName(".+"), action: "drop" },
    { source_labels: ["__meta_kubernetes_service_port_number"], regex: String(ports.operations), action: "keep" },
    ...named("service"),
  ],
};

/**
 * Each pod of a role by its address.
 *
 * @param server - the name that the certificates of all of them carry
 */
const ofPods = (job: string, role: Role, server: string) => ({
  job_name: job,
  scheme: "https",
  tls_config: { ...roots, server_name: server },
  kubernetes_sd_configs: [{ role: "pod", selectors: [{ role: "pod", label: selected([role]) }] }],
  relabel_configs: [
    {
      source_labels: ["__meta_kubernetes_pod_container_port_number"],
      regex: String(ports.operations),
      action: "keep",
    },
    ...named("pod"),
  ],
});

/** What is used of a kubelet's metrics, by their paths. */
const kubeletMetrics = {
  "/metrics": "kubelet_volume_stats_(available|capacity)_bytes",
  "/metrics/resource": "container_(cpu_usage_seconds_total|memory_working_set_bytes|start_time_seconds)",
};

/** Every node's kubelet: the volumes and containers there. Prometheus shows it the token of its account. */
const ofKubelets = Object.entries(kubeletMetrics).map(([path, used]) => ({
  job_name: path === "/metrics" ? "volumes" : "containers",
  scheme: "https",
  metrics_path: path,
  // The namespaces are those of volumes and containers.
  honor_labels: true,
  authorization: { credentials_file: `${apiTokenMount.mountPath}/token` },
  tls_config: { ca_file: `${apiTokenMount.mountPath}/ca.crt` },
  kubernetes_sd_configs: [{ role: "node" }],
  relabel_configs: [{ source_labels: ["__meta_kubernetes_node_name"], target_label: "kubernetes_node" }],
  metric_relabel_configs: [{ source_labels: ["__name__"], regex: used, action: "keep" }],
}));

const ofController = (namespace: string) => ({
  job_name: "controller",
  // Its metrics name the networks that they are about.
  honor_labels: true,
  kubernetes_sd_configs: [
    {
      role: "pod",
      namespaces: { names: [namespace] },
      selectors: [{ role: "pod", label: selected(["controller"]) }],
    },
  ],
  relabel_configs: [
    {
      source_labels: ["__meta_kubernetes_pod_container_port_number"],
      regex: String(controllerPorts.metrics),
      action: "keep",
    },
    { source_labels: ["__meta_kubernetes_pod_name"], target_label: "node" },
  ],
});

const ofItself = {
  job_name: "prometheus",
  scheme: "https",
  tls_config: { ca_file: server.root },
  static_configs: [{ targets: [`localhost:${monitoringPorts.prometheus}`] }],
};

const ofAlertmanagers = ({ alertmanagers }: MonitoringPlan) => ({
  job_name: "alertmanagers",
  scheme: "https",
  tls_config: { ...certificate, ca_file: server.root },
  static_configs: alertmanagers.map(({ name, address }) => ({ targets: [address], labels: { node: name } })),
});
