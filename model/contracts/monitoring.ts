/** What the platform's monitoring, the controller and the nodes of networks agree on. */
import { kafkaCaName, operationsCaName } from "./certificateAuthority";
import { nodeFiles } from "./enrolment";
import { platformCryptoDir } from "./platformCa";

/** Name of the Prometheus of a platform. */
export const prometheusName = "prometheus";

/** Name of the Grafana of a platform. */
export const grafanaName = "grafana";

/** Name of the kube-state-metrics of a platform. */
export const kubeStateMetricsName = "kube-state-metrics";

/** Name of the node-exporter of a platform. */
export const nodeExporterName = "node-exporter";

/** Namespace of node-exporter, which has that of no other pods: it lets in pods that see a machine's files. */
export const nodeExporterNamespace = (platformNamespace: string): string => `${platformNamespace}-${nodeExporterName}`;

/** User and group of node-exporter: nobody's, so that of a machine's files it reads only those that everybody may read. */
export const nodeExporterUser = 65534;

/** Name of the Secret with the password of Grafana's administrator, where nobody else signs in. */
export const grafanaAdminName = "grafana-admin";

/** Name of the ConfigMap with the dashboards of a folder. */
export const dashboardMapName = (folder: string): string => `${grafanaName}-dashboards-${folder}`;

/** Name of the objects with rules and routing for the Prometheus operator. */
export const prometheusRulesName = "baas";

/** Where the dashboards of a folder of Grafana are mounted. */
export const dashboardsDir = (folder: string): string => `/etc/baas/dashboards/${folder}`;

/** Where the certificate that the user has for Grafana is mounted. */
export const grafanaCertificateDir = "/etc/baas/grafana-certificate";

/** Name of the Identity with which a Prometheus that is not of the platform reads metrics. */
export const monitoringIdentity = "monitoring";

/** Name of an Alertmanager, and the name that the certificates of all of them carry, by which they know each other. */
export const alertmanagerName = "alertmanager";

/**
 * Name of the ConfigMap in the platform's namespace with the TLS roots of all organizations of all networks, which the controller keeps
 * up to date. Prometheus trusts them when it reads metrics.
 */
export const metricsRootsName = "prometheus-trust";

/** Key of the roots in the ConfigMap of {@link metricsRootsName}. */
export const metricsRootsKey = "roots.pem";

/** Where {@link metricsRootsName} is mounted. */
export const metricsRootsDir = "/etc/baas/metrics-roots";

/** Where the Secrets of receivers are mounted, each in a folder of its name. */
export const receiverSecretsDir = "/etc/baas/receivers";

/** Where the files of the ConfigMap of Prometheus, or of an Alertmanager, are mounted. */
export const monitoringConfigurationDir = "/etc/baas/monitoring";

const filesOf = (caName: typeof kafkaCaName | typeof operationsCaName) => {
  const folder = platformCryptoDir(caName);
  return {
    certificate: `${folder}/${nodeFiles.tlsCertificate}`,
    key: `${folder}/${nodeFiles.tlsKey}`,
    root: `${folder}/${nodeFiles.tlsRoot}`,
  };
};

/** Paths of the certificate by which a pod of monitoring is a client: that with which it reads metrics. */
export const monitoringClientFiles = filesOf(operationsCaName);

/** Paths of the certificate by which a pod of monitoring is a server. The CA `operations` has none for servers. */
export const monitoringServerFiles = filesOf(kafkaCaName);

/** Labels that Prometheus gives to the series of a node. */
export const targetLabels = ["job", "instance", "namespace", "network", "organization", "role", "node"] as const;
