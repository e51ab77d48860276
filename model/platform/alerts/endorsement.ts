/** Alerts on what clients ask peers for: endorsements, chaincode, and the peers' gateway. */
import { type AlertGroup, grown } from "./alertRule";

const failed = 'chaincode_launch_duration_count{success="false"}';
const submitted = 'service="gateway_Gateway",method!="Evaluate"';
const refused = 'code=~"Unknown|Unavailable|ResourceExhausted|DeadlineExceeded"';
const calls = (which: string): string =>
  `sum by (network, organization) (rate(grpc_server_unary_requests_completed{${which}}[5m]))`;
const proposals = (which: string): string =>
  `sum by (network, organization, channel, chaincode) (rate(endorser_proposal_duration_count${which}[5m]))`;

export const endorsementAlerts: AlertGroup = {
  name: "endorsement",
  rules: [
    {
      alert: "ChaincodeUnreachable",
      expr: grown(failed, "10m"),
      severity: "critical",
      summary:
        "Peer {{ $labels.node }} of network {{ $labels.network }} does not reach chaincode {{ $labels.chaincode }}",
      description: "{{ $value }} times within 10 minutes. It endorses nothing for this chaincode.",
    },
    {
      alert: "EndorsementFailing",
      expr: `${proposals('{success="false"}')} / ${proposals("")} > 0.5`,
      for: "10m",
      severity: "warning",
      needs: "ordering",
      summary:
        "Proposals to chaincode {{ $labels.chaincode }} on channel {{ $labels.channel }} fail at {{ $labels.organization }} in network {{ $labels.network }}",
      description: "{{ $value | humanizePercentage }} of all proposals failed.",
    },
    {
      alert: "SubmitFailing",
      expr: `${calls(`${submitted},${refused}`)} / ${calls(submitted)} > 0.1`,
      for: "5m",
      severity: "warning",
      needs: "ordering",
      summary: "Peers of {{ $labels.organization }} in network {{ $labels.network }} refuse transactions",
      description: "{{ $value | humanizePercentage }} of all calls that submit failed. Overload shows as code Unknown.",
    },
  ],
};
