/** What the figures of a platform's Prometheus say about each network. */
import { watchdog } from "../../model/platform/alerts/monitoring";
import { fleetFigures } from "../../model/platform/figures";
import type { Sample } from "./prometheusConnection";

/** Alerts of one name that fire. */
export interface FiringAlert {
  alert: string;
  severity: string;
  count: number;
}

/** A channel of a network. */
export interface ChannelStatus {
  name: string;
  height: number;
  /** New blocks a second; undefined for a channel that is too new to say. */
  blockRate?: number;
}

/** State of a network, or of the platform. */
export interface NetworkStatus {
  /** Undefined for the platform. */
  network?: string;
  well: boolean;
  /** The most urgent first. */
  alerts: FiringAlert[];
  nodes: number;
  nodesUp: number;
  channels: ChannelStatus[];
  /** The certificate that ends first. */
  certificate?: { identity: string; seconds: number };
}

/** Samples of each of the figures. */
export type FleetSamples = Record<keyof typeof fleetFigures, Sample[]>;

const urgency = ["critical", "warning"];
const valueOf = ({ value }: Sample): number => Number(value[1]);

/** Asks for all figures. */
export async function readFleet(query: (expression: string) => Promise<Sample[]>): Promise<FleetSamples> {
  const read = Object.entries(fleetFigures).map(async ([name, { expr }]) => [name, await query(expr)] as const);
  return Object.fromEntries(await Promise.all(read)) as FleetSamples;
}

/** Whether Prometheus evaluates its rules: if it does not, no alert says anything. */
export function evaluatesRules({ firing }: FleetSamples): boolean {
  return firing.some(({ metric }) => metric.alertname === watchdog);
}

/** The state of the platform, and then of each network by name. */
export function fleetStatus(samples: FleetSamples): NetworkStatus[] {
  const byNamespace = new Map(samples.namespaces.map(({ metric }) => [metric.namespace, metric.network ?? ""]));
  const networkOf = ({ network, namespace }: Record<string, string>): string =>
    network ?? byNamespace.get(namespace) ?? "";
  const all = Object.values(samples).flat();
  const names = new Set(["", ...all.map(({ metric }) => networkOf(metric))]);
  return [...names].sort().map((name) => {
    const own = (figure: keyof FleetSamples) => samples[figure].filter(({ metric }) => networkOf(metric) === name);
    const sum = (figure: keyof FleetSamples) => own(figure).reduce((total, sample) => total + valueOf(sample), 0);
    const alerts = firingAlerts(own("firing"));
    const [ends] = own("certificateEndsFirst");
    return {
      ...(name !== "" && { network: name }),
      well: alerts.length === 0,
      alerts,
      nodes: sum("nodes"),
      nodesUp: sum("nodesUp"),
      channels: channelsOf(own("height"), own("blockRate")),
      ...(ends && { certificate: { identity: ends.metric.identity ?? "", seconds: valueOf(ends) } }),
    };
  });
}

/** Alerts by name. One that fires as critical and as a warning is critical. */
function firingAlerts(samples: readonly Sample[]): FiringAlert[] {
  const found = new Map<string, FiringAlert>();
  for (const severity of urgency) {
    for (const sample of samples.filter(({ metric }) => metric.severity === severity)) {
      const alert = sample.metric.alertname!;
      const known = found.get(alert) ?? { alert, severity, count: 0 };
      if (known.severity === severity) found.set(alert, { ...known, count: known.count + valueOf(sample) });
    }
  }
  return [...found.values()];
}

function channelsOf(heights: readonly Sample[], rates: readonly Sample[]): ChannelStatus[] {
  const rateOf = new Map(rates.map((sample) => [sample.metric.channel, valueOf(sample)]));
  return heights
    .map((sample) => {
      const name = sample.metric.channel ?? "";
      const blockRate = rateOf.get(name);
      return { name, height: valueOf(sample), ...(blockRate !== undefined && { blockRate }) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
