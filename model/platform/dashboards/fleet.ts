/** The dashboard of all networks, by the expressions of `baas status`: which network is ill, and why. */
import { fleetFigures as figures } from "../figures";
import type { Dashboard } from "./dashboard";

const shown = (figure: keyof typeof figures, legend: string) => ({ expr: figures[figure].expr, legend });

export const fleetDashboard: Dashboard = {
  name: "fleet",
  title: "Fleet",
  description: "Which network is ill, and why. `baas status` shows the same.",
  variables: [],
  rows: [
    {
      title: "What is wrong",
      panels: [
        {
          title: "Alerts that fire",
          description: `${figures.firing.description} Each has a page in docs/runbooks. Without a network, it is one of the platform.`,
          kind: "table",
          unit: "alerts",
          labels: ["network", "namespace", "alertname", "severity"],
          queries: [shown("firing", "alerts")],
        },
        {
          title: "Alerts over time",
          description: "How many fire, by network. Watchdog always does, and has no network.",
          kind: "lines",
          unit: "alerts",
          queries: [shown("firing", "{{network}} {{alertname}}")],
        },
      ],
    },
    {
      title: "Networks",
      panels: [
        {
          title: "Nodes",
          description: "Nodes whose metrics can be read, of those that have metrics. Without a network: the platform.",
          kind: "table",
          unit: "nodes",
          labels: ["network"],
          queries: [shown("nodesUp", "up"), shown("nodes", "all")],
        },
        {
          title: "Channels",
          description: `${figures.height.description} A channel that nobody uses gets none.`,
          kind: "table",
          unit: "none",
          labels: ["network", "channel"],
          queries: [shown("height", "blocks"), shown("blockRate", "new blocks a second")],
        },
        {
          title: "Certificates",
          description: figures.certificateEndsFirst.description,
          kind: "table",
          unit: "seconds",
          labels: ["network", "organization", "identity"],
          queries: [shown("certificateEndsFirst", "lasts")],
        },
        {
          title: "Namespaces",
          description: figures.namespaces.description,
          kind: "table",
          unit: "none",
          labels: ["network", "namespace"],
          queries: [shown("namespaces", "there")],
        },
      ],
    },
  ],
};
