/** `baas status`: says which networks are ill, and why. */
import { UserError } from "../../model/userError";
import { paintFor } from "../common/colors";
import { monitoredPlatform } from "../common/monitoredPlatform";
import { findProject } from "../common/project";
import { findCluster } from "../engine/cluster/clusterConnection";
import { evaluatesRules, fleetStatus, readFleet } from "../status/fleetStatus";
import { PrometheusConnection } from "../status/prometheusConnection";
import { statusTable } from "../status/statusTable";

interface Given {
  stack: string;
  context?: string;
  json?: true;
}

/** Prints the state of the platform and of all networks, or of one network. */
export async function run({ stack: name, context, json }: Given): Promise<number> {
  const { stack, platformName, namespace, monitoring } = monitoredPlatform(findProject(), name);
  if (monitoring.operator !== undefined) {
    throw new UserError(
      `platform ${platformName} runs no Prometheus: its monitoring is the Prometheus operator's\n` +
        '  -> Look at the dashboard "Fleet" of your Grafana, which shows the same.',
    );
  }
  const cluster = await findCluster(context ?? stack.environment.context);
  const prometheus = await PrometheusConnection.open({ cluster, namespace, stack: platformName });
  try {
    const samples = await readFleet((expression) => prometheus.query(expression));
    if (!evaluatesRules(samples)) {
      throw new UserError(
        "Prometheus evaluates no rules, so that no alert says what is wrong\n  -> If it has just started, wait a minute.",
      );
    }
    const all = fleetStatus(samples);
    const shown = stack.kind === "platform" ? all : all.filter(({ network }) => network === name);
    if (shown.length === 0) {
      throw new UserError(`Prometheus has nothing of ${name}\n  -> Apply it; its nodes are seen within a minute.`);
    }
    process.stdout.write(
      json === true ? `${JSON.stringify(shown, undefined, 2)}\n` : statusTable(shown, paintFor(process.stdout)),
    );
    return shown.every(({ well }) => well) ? 0 : 1;
  } finally {
    prometheus.close();
  }
}
