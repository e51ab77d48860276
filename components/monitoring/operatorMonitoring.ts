/** The monitoring of a platform in a cluster with the Prometheus operator: objects for it, and no servers. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { dashboardMapName } from "../../model/contracts/monitoring";
import { dashboards } from "../../model/platform/dashboards";
import type { MonitoringConfig } from "../../model/stackFile/monitoringSchema";
import type { OperatorConfig } from "../../model/stackFile/operatorSchema";
import { dashboardFolders, type RenderFolder } from "./grafanaDashboards";
import { alertObjects } from "./operatorAlerts";
import { scrapeObjects } from "./operatorScraping";

/** Arguments of {@link OperatorMonitoring}. */
export interface OperatorMonitoringArgs {
  config: MonitoringConfig;
  operator: OperatorConfig;
  /** Namespace of the platform. */
  namespace: string;
  /** Name of the environment. */
  environment: string;
  /** How long certificates of nodes live, in seconds. */
  certificateLife: number;
  /** Makes the dashboards. */
  render: RenderFolder;
}

/** Label and annotation by which the Grafana of kube-prometheus finds dashboards, and puts them into folders. */
const dashboardLabels = { grafana_dashboard: "1" };
const folderAnnotation = "grafana_folder";

/** What an operator's Prometheus reads, by which rules it alerts, who is told, and what its Grafana shows. */
export class OperatorMonitoring extends pulumi.ComponentResource {
  constructor(name: string, args: OperatorMonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:OperatorMonitoring", name, {}, opts);
    const { config, operator, namespace } = args;
    const child = { parent: this };
    for (const { apiVersion, kind, name: own, spec } of [
      ...scrapeObjects(namespace, config.interval),
      ...alertObjects(args),
    ]) {
      const metadata = { name: own, namespace, labels: { ...operator.labels, ...labels({}) } };
      const resource = `${name}-${kind.toLowerCase()}-${own}`;
      new k8s.apiextensions.CustomResource(resource, { apiVersion, kind, metadata, spec }, child);
    }
    this.dashboards(args, child);
    this.registerOutputs({});
  }

  private dashboards(
    { config, namespace, environment, render }: OperatorMonitoringArgs,
    child: pulumi.CustomResourceOptions,
  ) {
    for (const folder of dashboardFolders(config, dashboards)) {
      const metadata = {
        name: dashboardMapName(folder.name),
        namespace,
        labels: { ...dashboardLabels, ...labels({}) },
        annotations: { [folderAnnotation]: folder.title },
      };
      // Names of files must differ between folders.
      const data = Object.entries(render(folder)).map(([file, text]) => [
        `baas-${folder.name}-${file}`,
        ofEnvironment(text, environment),
      ]);
      new k8s.core.v1.ConfigMap(metadata.name, { metadata, data: Object.fromEntries(data) }, child);
    }
  }
}

/** Dashboards that show alerts show those of the environment: the Prometheus has others, too. */
function ofEnvironment(dashboard: string, environment: string): string {
  return dashboard.replaceAll("ALERTS{", `ALERTS{environment=\\"${environment}\\",`);
}
