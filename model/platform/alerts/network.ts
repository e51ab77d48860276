/** Alerts on a network as a whole, and on its certificate authorities and its gateway. */
import { type AlertGroup, bringUp, networkNodes, newNetworks, restartTime, unlessNew } from "./alertRule";

/** Answers of the API in a second. */
const answers = (which = ""): string =>
  `sum by (network) (rate(api_request_duration_seconds_count{role="api"${which}}[5m]))`;

export const networkAlerts: AlertGroup = {
  name: "network",
  rules: [
    {
      alert: "NetworkDown",
      expr: unlessNew(`max by (network) (${networkNodes}) == 0`),
      // Longer than a network that is deleted still has targets, and no longer than what follows from it waits.
      for: "30s",
      keepFiringFor: "1m",
      severity: "critical",
      summary: "Network {{ $labels.network }} is down",
      description: "The metrics of none of its nodes can be read.",
    },
    {
      alert: "NetworkNew",
      expr: newNetworks,
      // It holds back what else there is to say of the network, and ends after that.
      keepFiringFor: "90s",
      severity: "info",
      summary: "Network {{ $labels.network }} comes up",
      description: `Nobody is told of it until all of its nodes have answered, for ${bringUp} at most.`,
    },
    {
      alert: "CertificateAuthorityDown",
      expr: 'up{role="certificate-authority"} == 0',
      for: "5m",
      severity: "warning",
      summary: "Certificate authority {{ $labels.node }} in namespace {{ $labels.namespace }} is down",
      description:
        "Nodes run on with the certificates that they have. None is renewed, and none starts for the first time.",
    },
    {
      alert: "CertificateAuthorityFailing",
      expr: 'sum by (namespace, network, organization, node) (rate(api_request_count{role="certificate-authority",status_code=~"5.."}[10m])) > 0',
      for: "10m",
      severity: "warning",
      summary: "Certificate authority {{ $labels.node }} in namespace {{ $labels.namespace }} answers with errors",
      description: "{{ $value | humanize }} requests a second end with an error of the server.",
    },
    {
      alert: "GatewayDown",
      expr: 'max by (network) (up{role="gateway",network!=""}) == 0',
      for: "1m",
      severity: "critical",
      summary: "The gateway of network {{ $labels.network }} is down",
      description: "No client outside the cluster reaches the network.",
    },
    {
      alert: "GatewayPodDown",
      expr: 'up{role="gateway",network!=""} == 0',
      for: restartTime,
      severity: "warning",
      summary: "Gateway pod {{ $labels.node }} of network {{ $labels.network }} is down",
      description: `Its metrics could not be read for ${restartTime}. Others serve while it is away.`,
    },
    {
      alert: "ApiDown",
      expr: 'max by (network) (up{role="api"}) == 0',
      for: "1m",
      severity: "critical",
      summary: "The API server of network {{ $labels.network }} is down",
      description:
        "Applications that call functions of chaincode by it get no answer, or 503. Native clients still do.",
    },
    {
      alert: "ApiFailing",
      expr: `${answers(',status=~"5.."')} / ${answers()} > 0.05`,
      for: "5m",
      severity: "warning",
      summary: "The API server of network {{ $labels.network }} cannot do what it is asked to",
      description: "{{ $value | humanizePercentage }} of its answers are errors that are not the callers' own.",
    },
    {
      alert: "GatewayNodeUnreachable",
      // A node that Prometheus cannot reach either has an alert of its own.
      expr: `label_replace(max by (network, proxy) (haproxy_backend_active_servers) == 0, "node", "$1", "proxy", "(.+)") and on (network, node) up{job="nodes"} == 1`,
      for: restartTime,
      severity: "warning",
      summary: "The gateway of network {{ $labels.network }} does not reach {{ $labels.node }}",
      description: "The node answers Prometheus. Clients outside the cluster that ask for it are refused.",
    },
  ],
};
