/** Alerts on the filter of JSON-RPC at the gateway of Ethereum networks. */
import { type AlertGroup, slowest } from "./alertRule";

const of = "namespace, network";
const rate = (counter: string): string => `sum by (${of}) (rate(${counter}[10m]))`;
const answers = "rpc_answers_total";
const calls = "rpc_calls_total";

export const jsonRpcAlerts: AlertGroup = {
  name: "JSON-RPC",
  rules: [
    {
      alert: "JsonRpcDown",
      expr:
        `max by (${of}) (up{role="json-rpc"}) == 0 or max by (${of}) (rpc_node_serving) == 0 or ` +
        `max by (${of}) (haproxy_backend_active_servers{proxy="json-rpc"}) == 0`,
      for: "1m",
      severity: "critical",
      summary: "JSON-RPC of network {{ $labels.network }} is down for clients outside the cluster",
      description: "No pod of its filter can be reached, or none of them has an RPC node that serves.",
    },
    {
      alert: "JsonRpcFailing",
      expr: `${rate(`${answers}{status="503"}`)} / ${rate(answers)} > 0.05`,
      for: "5m",
      severity: "warning",
      summary: "RPC nodes of network {{ $labels.network }} do not answer what clients ask",
      description: "{{ $value | humanizePercentage }} of the filter's answers say that no RPC node has answered.",
    },
    {
      alert: "JsonRpcRefusing",
      expr:
        `(${rate(`${answers}{status=~"4.."}`)} / ${rate(answers)} > 0.5 or ` +
        `${rate(`${calls}{outcome="refused"}`)} / ${rate(calls)} > 0.5) and ${rate(answers)} > 1`,
      for: "15m",
      severity: "warning",
      summary: "The gateway of network {{ $labels.network }} refuses most of what clients send",
      description:
        "{{ $value | humanizePercentage }} of it has no token, is over a limit, or calls what is not let in.",
    },
    {
      alert: "JsonRpcSlow",
      expr: `${slowest("rpc_node_answer_duration_seconds", `${of}, rpc_node`)} > 2`,
      for: "10m",
      severity: "warning",
      summary: "RPC node {{ $labels.rpc_node }} of network {{ $labels.network }} answers slowly",
      description: "One of a hundred calls takes {{ $value | humanizeDuration }} or longer.",
    },
    {
      alert: "RpcNodeNotServing",
      // A node that Prometheus cannot reach either has an alert of its own.
      expr:
        `label_replace(max by (${of}, rpc_node) (rpc_node_serving) == 0, "node", "$1", "rpc_node", "(.+)") ` +
        `unless on (${of}, node) up{role="rpc-node"} == 0`,
      for: "5m",
      severity: "warning",
      summary: "RPC node {{ $labels.node }} of network {{ $labels.network }} serves no clients",
      description: "It does not answer the filter, or is more than 10 blocks behind. Calls go to the others.",
    },
  ],
};
