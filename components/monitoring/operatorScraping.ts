/**
 * What an operator's Prometheus reads: the same as the platform's own would, with the same labels. The objects are those of the
 * Prometheus operator 0.93; its own labels of targets are taken away, as metrics of Fabric have some of these names themselves.
 */
import { partOfLabel, productName, roleLabel } from "../../model/contracts/labels";
import { metricsRootsKey, metricsRootsName, monitoringIdentity } from "../../model/contracts/monitoring";
import { clientCertificateSecretName } from "../../model/contracts/names";
import { apiTokenMount } from "../kubernetes/volumes";
import {
  type KubeletJob,
  kubeletJobs,
  type NodeJob,
  nodeJobs,
  type PodJob,
  podJobs,
  type Relabelling,
  scrapeTimeout,
} from "./scrapeJobs";

/** An object for the operator. */
export interface OperatorObject {
  apiVersion: string;
  kind: string;
  name: string;
  spec: object;
}

/** API versions of the operator's kinds. */
export const operatorVersions = {
  stable: "monitoring.coreos.com/v1",
  alpha: "monitoring.coreos.com/v1alpha1",
} as const;

/** Namespace where the operator keeps the Service `kubelet`, whose endpoints are those of all kubelets. */
const kubeletNamespace = "kube-system";

/**
 * The objects.
 *
 * @param namespace - of the platform
 * @param interval - how often metrics are read
 */
export function scrapeObjects(namespace: string, interval: string): OperatorObject[] {
  return [
    ...nodeJobs.map((job) => scrapeConfig(job, interval)),
    ...podJobs({ namespace, gateway: false, kubeState: false, nodeExporter: false }).map((job) =>
      podMonitor(job, interval),
    ),
    kubeletMonitor(kubeletJobs, interval),
  ];
}

/** The certificate by which the nodes of all networks know who reads, and their roots; the controller writes both. */
const tlsConfig = {
  ca: { configMap: { name: metricsRootsName, key: metricsRootsKey } },
  cert: { secret: { name: clientCertificateSecretName(monitoringIdentity), key: "tls.crt" } },
  keySecret: { name: clientCertificateSecretName(monitoringIdentity), key: "tls.key" },
};

/** A ServiceMonitor would find the pods behind Services: a node without a pod would be no target, and no alert. */
function scrapeConfig({ name, selector, hasTls, relabellings }: NodeJob, interval: string): OperatorObject {
  const spec = {
    kubernetesSDConfigs: [{ role: "Service", selectors: [{ role: "Service", label: selector }] }],
    ...(hasTls && { scheme: "HTTPS", tlsConfig }),
    scrapeInterval: interval,
    scrapeTimeout: scrapeTimeout(interval),
    relabelings: relabelings(name, relabellings),
  };
  return { apiVersion: operatorVersions.alpha, kind: "ScrapeConfig", name: objectName(name), spec };
}

function podMonitor(job: PodJob, interval: string): OperatorObject {
  const { name, role, server, path, namespace, honorLabels = false, relabellings } = job;
  const spec = {
    namespaceSelector: namespace === undefined ? { any: true } : { matchNames: [namespace] },
    selector: { matchLabels: { [partOfLabel]: productName, [roleLabel]: role } },
    podMetricsEndpoints: [
      {
        ...(path !== undefined && { path }),
        ...(server !== undefined && { scheme: "https", tlsConfig: { ...tlsConfig, serverName: server } }),
        ...(honorLabels && { honorLabels }),
        ...{ interval, scrapeTimeout: scrapeTimeout(interval) },
        relabelings: relabelings(name, relabellings),
      },
    ],
  };
  return { apiVersion: operatorVersions.stable, kind: "PodMonitor", name: objectName(name), spec };
}

function kubeletMonitor(jobs: readonly KubeletJob[], interval: string): OperatorObject {
  const spec = {
    namespaceSelector: { matchNames: [kubeletNamespace] },
    selector: { matchLabels: { "k8s-app": "kubelet" } },
    endpoints: jobs.map(({ name, path, used }) => ({
      ...{ port: "https-metrics", scheme: "https", path, honorLabels: true },
      bearerTokenFile: `${apiTokenMount.mountPath}/token`,
      tlsConfig: { caFile: `${apiTokenMount.mountPath}/ca.crt` },
      ...{ interval, scrapeTimeout: scrapeTimeout(interval) },
      relabelings: relabelings(name, [], [{ source_labels: ["node"], target_label: "instance" }]),
      metricRelabelings: [{ sourceLabels: ["__name__"], regex: used, action: "keep" }],
    })),
  };
  return { apiVersion: operatorVersions.stable, kind: "ServiceMonitor", name: objectName("kubelets"), spec };
}

const objectName = (job: string): string => `${productName}-${job}`;

/** Labels that the operator gives to targets. */
const ofOperator = "namespace|node|service|pod|container|endpoint";

/**
 * Steps that come after the operator's own.
 *
 * @param before - what is made of its labels before they go
 */
function relabelings(job: string, own: readonly Relabelling[], before: readonly Relabelling[] = []): object[] {
  const all: Relabelling[] = [
    ...before,
    { regex: ofOperator, action: "labeldrop" },
    { target_label: "job", replacement: job },
    ...own,
  ];
  return all.map(({ source_labels, target_label, ...rest }) => ({
    ...(source_labels && { sourceLabels: source_labels }),
    ...(target_label !== undefined && { targetLabel: target_label }),
    ...rest,
  }));
}
