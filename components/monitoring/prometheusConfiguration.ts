/** The configuration of Prometheus: what it reads, by which rules it alerts, and whom it tells. */
import { dump } from "js-yaml";

import {
  metricsRootsDir,
  metricsRootsKey,
  monitoringClientFiles as client,
  monitoringConfigurationDir,
  monitoringServerFiles as server,
} from "../../model/contracts/monitoring";
import { monitoringPorts } from "../../model/contracts/ports";
import { durationSeconds } from "../../model/duration";
import { alertGroups, ruleFile } from "../../model/platform/alerts";
import type { AlertSettings } from "../../model/platform/alerts/alertRule";
import type { MonitoringPlan } from "../../model/platform/planMonitoring";
import { apiTokenMount } from "../kubernetes/volumes";
import {
  type KubeletJob,
  kubeletJobs,
  type NodeJob,
  nodeJobs,
  type OwnPods,
  type PodJob,
  podJobs,
  scrapeTimeout,
  selected,
} from "./scrapeJobs";

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

/** Its files by their names. */
export function prometheusConfiguration(args: PrometheusConfigurationArgs): Record<string, string> {
  const { plan, environment } = args;
  const { config, alertmanagers } = plan;
  const settings = { ...args, serviceLevels: config.serviceLevels, interval: durationSeconds(config.interval) };
  const configuration = {
    global: {
      scrape_interval: config.interval,
      scrape_timeout: scrapeTimeout(config.interval),
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
      ...nodeJobs.map(ofNodes),
      ...podJobs(ownPods(args)).map(ofPods),
      ...kubeletJobs.map(ofKubelets),
      ofItself,
      ofAlertmanagers(plan),
    ],
  };
  return {
    [prometheusFiles.configuration]: dump(configuration, { lineWidth: -1, noRefs: true }),
    [prometheusFiles.rules]: dump(ruleFile(alertGroups(settings), { runbooks: config.runbooks }), { lineWidth: -1 }),
    [prometheusFiles.web]: dump({
      tls_server_config: { cert_file: server.certificate, key_file: server.key, min_version: "TLS12" },
    }),
  };
}

const ownPods = ({ namespace, plan: { config, grafana } }: PrometheusConfigurationArgs): OwnPods => ({
  ...{ namespace, gateway: grafana?.gateway !== undefined },
  ...{ kubeState: config.kubeStateMetrics, nodeExporter: config.nodeExporter },
});

const certificate = { cert_file: client.certificate, key_file: client.key };
const roots = { ...certificate, ca_file: `${metricsRootsDir}/${metricsRootsKey}` };

const ofNodes = ({ name, selector, hasTls, relabellings }: NodeJob) => ({
  job_name: name,
  ...(hasTls && { scheme: "https", tls_config: roots }),
  kubernetes_sd_configs: [{ role: "service", selectors: [{ role: "service", label: selector }] }],
  relabel_configs: relabellings,
});

const ofPods = ({ name, role, server, path, namespace, honorLabels, relabellings }: PodJob) => ({
  job_name: name,
  ...(path !== undefined && { metrics_path: path }),
  ...(honorLabels && { honor_labels: true }),
  ...(server !== undefined && { scheme: "https", tls_config: { ...roots, server_name: server } }),
  kubernetes_sd_configs: [
    {
      role: "pod",
      ...(namespace !== undefined && { namespaces: { names: [namespace] } }),
      selectors: [{ role: "pod", label: selected([role]) }],
    },
  ],
  relabel_configs: relabellings,
});

/** Every node's kubelet: the volumes and containers there. Prometheus shows it the token of its account. */
const ofKubelets = ({ name, path, used }: KubeletJob) => ({
  job_name: name,
  scheme: "https",
  metrics_path: path,
  // The namespaces are those of volumes and containers.
  honor_labels: true,
  authorization: { credentials_file: `${apiTokenMount.mountPath}/token` },
  tls_config: { ca_file: `${apiTokenMount.mountPath}/ca.crt` },
  // The label `instance` is the name of the node.
  kubernetes_sd_configs: [{ role: "node" }],
  metric_relabel_configs: [{ source_labels: ["__name__"], regex: used, action: "keep" }],
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
