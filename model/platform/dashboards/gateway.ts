/** The dashboard of a network's gateway, and of the API behind it. */
import { type Dashboard, lines, networkVariable, ofNetwork, rateBy } from "./dashboard";

const edge = `${ofNetwork},proxy="edge"`;
const api = `${ofNetwork},proxy="api-server"`;

export const gatewayDashboard: Dashboard = {
  name: "gateway",
  title: "Gateway and API",
  description: "What clients outside the cluster do, and what they are answered.",
  variables: [networkVariable],
  rows: [
    {
      title: "Gateway",
      panels: [
        {
          title: "Connections",
          description: "Open connections, and how many each pod takes. A pod that has no room gets no new clients.",
          kind: "lines",
          unit: "none",
          queries: [
            { expr: `haproxy_frontend_current_sessions{${edge}}`, legend: "{{node}}" },
            { expr: `haproxy_frontend_limit_sessions{${edge}}`, legend: "{{node}} at most" },
          ],
        },
        {
          title: "New connections",
          description: "Those that are denied are over a limit, or ask for a name that nobody has.",
          kind: "lines",
          unit: "calls per second",
          queries: [
            { expr: rateBy("node", "haproxy_frontend_sessions_total", edge), legend: "{{node}}" },
            {
              expr: `${rateBy("node", "haproxy_frontend_denied_sessions_total", edge)} + ${rateBy("node", "haproxy_frontend_requests_denied_total", edge)}`,
              legend: "{{node}} denied",
            },
          ],
        },
        {
          title: "Bytes",
          description: "From clients, and to them.",
          kind: "lines",
          unit: "bytes per second",
          queries: [
            { expr: rateBy("network", "haproxy_frontend_bytes_in_total", edge), legend: "in" },
            { expr: rateBy("network", "haproxy_frontend_bytes_out_total", edge), legend: "out" },
          ],
        },
        lines(
          "Nodes that it reaches",
          "nodes",
          {
            expr: `max by (proxy) (haproxy_backend_active_servers{${ofNetwork}})`,
            legend: "{{proxy}}",
          },
          "None for 3 minutes are an alert.",
          { badUpTo: 0 },
        ),
      ],
    },
    {
      title: "API",
      panels: [
        lines(
          "Answers",
          "calls per second",
          { expr: rateBy("code", "haproxy_backend_http_responses_total", api), legend: "{{code}}" },
          "By the class of their status. With 5xx, the API server is at fault, or what is behind it.",
        ),
        lines(
          "Time of an answer",
          "seconds",
          { expr: `haproxy_backend_response_time_average_seconds{${api}}`, legend: "{{node}}" },
          "Average of the last 1024 calls. A call that submits waits until its transaction is committed.",
        ),
        lines(
          "Calls that peers answer",
          "calls per second",
          {
            expr: rateBy(
              "organization, method, code",
              "grpc_server_unary_requests_completed",
              `${ofNetwork},service="gateway_Gateway"`,
            ),
            legend: "{{organization}} {{method}} {{code}}",
          },
          "Of the API server, and of native clients.",
        ),
      ],
    },
  ],
};
