/** Rules of monitoring by the Prometheus operator, which span fields. */
import type { Finding } from "../stackFile/findings";
import { type MonitoringConfig, monitoringSchema } from "../stackFile/monitoringSchema";

/** Settings of the platform's own servers. */
const ofOwnServers = [
  ...([
    "retention",
    "storage",
    "alertmanagerStorage",
    "alertmanagers",
    "grafana",
    "kubeStateMetrics",
    "nodeExporter",
  ] as const),
];

/**
 * Checks `operator` of a platform's monitoring.
 *
 * @param root - path of the platform in its file, such as `baas:platform`
 * @param monitoringNamespace - of the platform, if it names one
 */
export function checkOperator(
  root: string,
  monitoringNamespace: string | undefined,
  config: MonitoringConfig,
): Finding[] {
  if (config.operator === undefined) return [];
  const path = `${root}.monitoring`;
  const usual = monitoringSchema.parse({});
  const found = ofOwnServers
    .filter((field) => config[field] !== usual[field])
    .map((field) => ({
      path: `${path}.${field}`,
      message:
        "is for servers of the platform, and with operator there are none: leave it out, and set it where yours are",
    }));
  if (monitoringNamespace === undefined) {
    const message = `needs monitoringNamespace beside monitoring: the namespace of your Prometheus, which nodes let in`;
    found.unshift({ path: `${path}.operator`, message });
  }
  return [...found, ...timeZones(path, config)];
}

/** An AlertmanagerConfig has no field for a time zone. */
function timeZones(path: string, { teams }: MonitoringConfig): Finding[] {
  return teams.flatMap(({ quietHours }, i) =>
    quietHours.flatMap(({ timeZone }, j) => {
      if (timeZone === "UTC") return [];
      const message = `is ${timeZone}, and objects for the Prometheus operator know UTC only: write the hours in UTC, and leave it out`;
      return [{ path: `${path}.teams[${i}].quietHours[${j}].timeZone`, message }];
    }),
  );
}
