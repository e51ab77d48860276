/** The dashboard of one network as a whole. */
import { badShare } from "../serviceLevels";
import { type Dashboard, lines, networkVariable, ofNetwork, rateBy } from "./dashboard";

export const networkDashboard: Dashboard = {
  name: "network",
  title: "Network",
  description: "What is wrong in a network, and how much it does.",
  variables: [networkVariable],
  rows: [
    {
      title: "What is wrong",
      panels: [
        {
          title: "Alerts that fire",
          description:
            "Each has a page in docs/runbooks. Those of its namespace alone are on the dashboard of the fleet.",
          kind: "table",
          unit: "alerts",
          labels: ["alertname", "severity", "organization", "node", "channel"],
          queries: [
            {
              expr: `count by (alertname, severity, organization, node, channel) (ALERTS{alertstate="firing",severity!="info",${ofNetwork}})`,
              legend: "alerts",
            },
          ],
        },
        {
          title: "Nodes up",
          description: "Nodes whose metrics can be read, by role.",
          kind: "numbers",
          unit: "nodes",
          queries: [{ expr: `sum by (role) (up{${ofNetwork}})`, legend: "{{role}}" }],
          badUpTo: 0,
        },
        {
          title: "Nodes down",
          description: "Nodes whose metrics cannot be read.",
          kind: "table",
          unit: "none",
          labels: ["role", "organization", "node"],
          queries: [{ expr: `up{${ofNetwork}} == 0`, legend: "up" }],
        },
        {
          title: "Custom resources that are not ready",
          description: "For how long. The condition Ready of each says why.",
          kind: "table",
          unit: "seconds",
          labels: ["kind", "namespace", "resource"],
          queries: [
            { expr: `time() - baas_resource_not_ready_timestamp_seconds{${ofNetwork}}`, legend: "not ready for" },
          ],
        },
      ],
    },
    {
      title: "Service levels",
      panels: [
        {
          title: "Good calls of three days",
          description:
            "Calls that peers did not fail (submit, evaluate), and transactions that were committed in time (commit). The targets are in the stack file of the platform.",
          kind: "numbers",
          unit: "share",
          queries: [{ expr: `1 - ${badShare(ofNetwork, "3d")}`, legend: "{{objective}}" }],
          badUpTo: 0.99,
        },
        lines(
          "Bad calls of an hour",
          "share",
          { expr: badShare(ofNetwork, "1h"), legend: "{{objective}}" },
          "What uses up a target. At 14.4 times of what may be bad, somebody is told at any hour.",
        ),
      ],
    },
    {
      title: "What it does",
      panels: [
        lines(
          "Transactions",
          "transactions per second",
          {
            // Every peer counts every transaction.
            expr: `max by (channel, validation_code) (sum by (node, channel, validation_code) (rate(ledger_transaction_count{${ofNetwork}}[5m])))`,
            legend: "{{channel}} {{validation_code}}",
          },
          "Committed transactions by the code that peers gave them, on the peer that has most. All but VALID had no effect.",
        ),
        lines(
          "Blocks",
          "blocks",
          { expr: `max by (channel) (ledger_blockchain_height{${ofNetwork}})`, legend: "{{channel}}" },
          "Blocks of each channel, on the node that has most.",
        ),
        lines(
          "Calls to peers",
          "calls per second",
          {
            expr: rateBy(
              "method, code",
              "grpc_server_unary_requests_completed",
              `${ofNetwork},service="gateway_Gateway"`,
            ),
            legend: "{{method}} {{code}}",
          },
          "Calls of clients and of the API server to peers. Overload shows as code Unknown of other methods than Evaluate.",
        ),
        lines(
          "Requests to certificate authorities",
          "calls per second",
          {
            expr: rateBy("node, status_code", "api_request_count", ofNetwork),
            legend: "{{node}} {{status_code}}",
          },
          "By the status of their answers. From 500 on, the certificate authority is at fault.",
        ),
      ],
    },
  ],
};
