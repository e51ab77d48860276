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
const ofPrograms = 'up{role!~"|couchdb"} or up{job=~"controller|prometheus|alertmanagers|volumes|containers"}';
// Geth is not read. The controller says which of its validators answer.
const ours = `${ofPrograms} or baas_ethereum_validator_answers unless on (network, node) up`;

/** Blocks of a chain, as those of a channel of the name "chain". */
const ofChain = (expr: string): string => `label_replace(${expr}, "channel", "chain", "", "")`;
const block = "baas_ethereum_block_number";

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
    expr: `max by (network, channel) (${height}) or ${ofChain(`max by (network) (${block})`)}`,
    unit: "blocks",
    description: "Blocks of each channel, and of each chain of Ethereum, on the node that has most.",
  },
  blockRate: {
    expr: `max by (network, channel) (deriv(${height}[5m])) or ${ofChain(`max by (network) (deriv(${block}[5m]))`)}`,
    unit: "blocks per second",
    description: "New blocks of each channel, and of each chain, within 5 minutes.",
  },
  certificateEndsFirst: {
    expr: `bottomk by (network) (1, ${certificateEnds} - time())`,
    unit: "seconds",
    description: "How long the certificate lasts that ends first.",
  },
} as const satisfies Record<string, Figure>;
