/** What follows from `monitoring` of a platform: its servers with their names, and limits. */
import { alertmanagerName, grafanaName, prometheusName } from "../contracts/monitoring";
import { serviceAddress, serviceHost, serviceHosts } from "../contracts/names";
import { monitoringPorts } from "../contracts/ports";
import type { NodePlan } from "../network/networkPlan";
import type { PlatformGatewayConfig } from "../stackFile/gatewaySchema";
import type { GrafanaConfig } from "../stackFile/grafanaSchema";
import type { MonitoringConfig } from "../stackFile/monitoringSchema";

/** Monitoring of a platform. */
export interface MonitoringPlan {
  config: MonitoringConfig;
  prometheus: NodePlan;
  alertmanagers: NodePlan[];
  grafana?: GrafanaPlan;
}

/** Grafana of a platform. */
export interface GrafanaPlan {
  node: NodePlan;
  config: GrafanaConfig;
  /** How people reach it from outside the cluster, if they do. */
  gateway?: PlatformGatewayConfig;
}

/** How much of its volume Prometheus uses for what it keeps; it needs the rest for what it has not yet compacted. */
const usedShare = 0.8;

/**
 * Derives the servers.
 *
 * @param namespace - of the platform
 * @param clusterDomain - DNS domain of the cluster's Services
 * @param gateway - of the platform, if it has one
 */
export function planMonitoring(
  config: MonitoringConfig,
  namespace: string,
  clusterDomain: string,
  gateway?: PlatformGatewayConfig,
): MonitoringPlan {
  const server = (name: string, port: number, storage: string, names: string[]): NodePlan => {
    const address = serviceAddress(name, namespace, port);
    const hosts = [...serviceHosts(name, namespace, clusterDomain), ...names];
    return {
      ...{ name, id: name, fqdn: `${serviceHost(name, namespace)}.${clusterDomain}` },
      ...{ hosts, address, endpoint: address, storage },
    };
  };
  const { grafana } = config;
  const grafanaHosts = gateway === undefined ? [] : [gateway.host];
  return {
    config,
    prometheus: server(prometheusName, monitoringPorts.prometheus, config.storage, []),
    alertmanagers: Array.from({ length: config.alertmanagers }, (_, i) =>
      server(`${alertmanagerName}${i}`, monitoringPorts.alertmanager, config.alertmanagerStorage, [alertmanagerName]),
    ),
    ...(grafana && {
      grafana: {
        node: server(grafanaName, monitoringPorts.grafana, grafana.storage, grafanaHosts),
        config: grafana,
        ...(gateway && { gateway }),
      },
    }),
  };
}

const mebibytesIn: Record<string, number> = { Mi: 1, Gi: 1024, Ti: 1024 ** 2 };

/**
 * The smallest volume in which Prometheus keeps so much.
 *
 * @param like - a size in whose unit it is written, if it has few enough digits
 */
export function volumeFor(mebibytes: number, like: string): string {
  const sizes = [like.slice(-2), "Gi", "Ti"].map((unit) => ({
    unit,
    count: Math.ceil(mebibytes / usedShare / mebibytesIn[unit]!),
  }));
  const { count, unit } = sizes.find((size) => size.count < 1_000_000) ?? sizes[2]!;
  return `${count}${unit}`;
}

/** Mebibytes that Prometheus may keep. */
export function retainedMebibytes({ storage }: Pick<MonitoringConfig, "storage">): number {
  return Math.floor(Number.parseInt(storage, 10) * mebibytesIn[storage.slice(-2)]! * usedShare);
}
