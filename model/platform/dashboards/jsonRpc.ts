/** The dashboard of JSON-RPC at the gateway of an Ethereum network: what the filter is asked, and what RPC nodes answer. */
import { type Dashboard, lines, networkVariable, ofNetwork, rateBy, slowestOf } from "./dashboard";

const duration = "rpc_node_answer_duration_seconds";

export const jsonRpcDashboard: Dashboard = {
  name: "json-rpc",
  title: "JSON-RPC",
  description: "What clients outside the cluster ask an Ethereum network, what is refused, and how RPC nodes answer.",
  variables: [networkVariable],
  rows: [
    {
      title: "Clients",
      panels: [
        lines(
          "Calls",
          "calls per second",
          { expr: rateBy("method", "rpc_calls_total", `${ofNetwork},outcome="let through"`), legend: "{{method}}" },
          "Calls that RPC nodes may get, by method. Those of a batch count one by one.",
        ),
        lines(
          "Refused calls",
          "calls per second",
          { expr: rateBy("method", "rpc_calls_total", `${ofNetwork},outcome="refused"`), legend: "{{method}}" },
          "Methods that are not let in are counted as other. More than half of all calls for 15 minutes are an alert.",
        ),
        lines(
          "Answers",
          "calls per second",
          { expr: rateBy("status", "rpc_answers_total", ofNetwork), legend: "{{status}}" },
          "401 has no token, 413 is too large, 429 comes too fast; with 503, no RPC node has answered.",
        ),
        lines(
          "WebSockets",
          "none",
          { expr: `rpc_websockets{${ofNetwork}}`, legend: "{{node}}" },
          "Open WebSockets of each pod.",
        ),
      ],
    },
    {
      title: "RPC nodes",
      panels: [
        lines(
          "Nodes that serve",
          "nodes",
          { expr: `max by (rpc_node) (rpc_node_serving{${ofNetwork}})`, legend: "{{rpc_node}}" },
          "1 while a node answers, and is no more than 10 blocks behind. None for a minute is an alert.",
          { badUpTo: 0 },
        ),
        lines(
          "Slowest answers",
          "seconds",
          { expr: slowestOf(duration, "rpc_node", ofNetwork), legend: "{{rpc_node}}" },
          "Of 100 calls, 99 are answered faster. More than 2 seconds for 10 minutes are an alert.",
          { badFrom: 2 },
        ),
        lines(
          "Answers of nodes",
          "calls per second",
          { expr: rateBy("rpc_node", `${duration}_count`, ofNetwork), legend: "{{rpc_node}}" },
          "Each client's calls go to one node; clients are spread over all.",
        ),
        lines(
          "Pods of the filter that HAProxy reaches",
          "nodes",
          {
            expr: `max by (proxy) (haproxy_backend_active_servers{${ofNetwork},proxy="json-rpc"})`,
            legend: "{{proxy}}",
          },
          "1 while the filter's Service answers. Connections of clients are on the dashboard of the gateway.",
          { badUpTo: 0 },
        ),
      ],
    },
  ],
};
