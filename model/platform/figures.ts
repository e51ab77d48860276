/** Figures of networks that are shown to people, each by one expression: what `baas status` shows, dashboards and service levels share. */

/** What figures are counted in. */
export type Unit =
  | ("alerts" | "nodes" | "blocks" | "seconds" | "milliseconds" | "bytes" | "cores" | "share" | "none")
  | `${"blocks" | "transactions" | "calls" | "bytes"} per second`;

/** A figure of Prometheus. */
export interface Figure {
  /** Expression of Prometheus. */
  expr: string;
  /** What its values are counted in. */
  unit: Unit;
  /** What it says, in one line. */
  description: string;
}

/** When certificates end. A smoke test enrols anew when it runs, and not before: its certificate may end. */
export const certificateEnds = 'baas_certificate_expiration_timestamp_seconds{identity!~".+-smoke-test"}';

const height = "ledger_blockchain_height";

// A Prometheus of an operator reads what is no part of baas, too.
const ours = 'up{role!~"|couchdb"} or up{job=~"controller|prometheus|alertmanagers|volumes|containers"}';

/** One look at all networks. Series without a network are those of the platform. */
export const fleetFigures = {
  firing: {
    expr: 'count by (network, namespace, alertname, severity) (ALERTS{alertstate="firing",severity!="info"})',
    unit: "alerts",
    description: "Alerts that fire. Watchdog always does.",
  },
  namespaces: {
    expr: 'group by (network, namespace) (up{network!=""})',
    unit: "none",
    description: "The namespace of each network, for alerts that name that alone.",
  },
  nodesUp: { expr: `sum by (network) (${ours})`, unit: "nodes", description: "Nodes whose metrics can be read." },
  nodes: { expr: `count by (network) (${ours})`, unit: "nodes", description: "Nodes that have metrics." },
  height: {
    expr: `max by (network, channel) (${height})`,
    unit: "blocks",
    description: "Blocks of each channel, on the node that has most.",
  },
  blockRate: {
    expr: `max by (network, channel) (deriv(${height}[5m]))`,
    unit: "blocks per second",
    description: "New blocks of each channel within 5 minutes.",
  },
  certificateEndsFirst: {
    expr: `bottomk by (network) (1, ${certificateEnds} - time())`,
    unit: "seconds",
    description: "How long the certificate lasts that ends first.",
  },
} as const satisfies Record<string, Figure>;
