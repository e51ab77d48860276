/** The dashboard of chaincode. */
import { type Dashboard, lines, networkVariable, ofNetwork, rateBy, slowestOf } from "./dashboard";

export const chaincodeDashboard: Dashboard = {
  name: "chaincode",
  title: "Chaincode",
  description: "How often chaincode is called, how long it takes, and whether peers reach it.",
  variables: [networkVariable],
  rows: [
    {
      title: "Proposals",
      panels: [
        lines(
          "Proposals",
          "calls per second",
          {
            expr: rateBy("channel, chaincode, success", "endorser_proposal_duration_count", ofNetwork),
            legend: "{{channel}} {{chaincode}} success {{success}}",
          },
          "Proposals that peers endorsed, or did not.",
        ),
        lines(
          "Share that fails",
          "share",
          {
            expr:
              `${rateBy("organization, channel, chaincode", "endorser_proposal_duration_count", `${ofNetwork},success="false"`)} / ` +
              rateBy("organization, channel, chaincode", "endorser_proposal_duration_count", ofNetwork),
            legend: "{{organization}} {{channel}} {{chaincode}}",
          },
          "More than half for 10 minutes are an alert.",
          { badFrom: 0.5 },
        ),
        lines(
          "Time of a proposal",
          "seconds",
          {
            expr: slowestOf("endorser_proposal_duration", "organization, channel, chaincode", ofNetwork),
            legend: "{{organization}} {{channel}} {{chaincode}}",
          },
          "99 of 100 proposals take less, at the peer.",
        ),
      ],
    },
    {
      title: "Chaincode servers",
      panels: [
        lines(
          "Connections",
          "none",
          {
            expr: `sum by (node, chaincode, success) (increase(chaincode_launch_duration_count{${ofNetwork}}[10m]))`,
            legend: "{{node}} {{chaincode}} success {{success}}",
          },
          "How often peers connected to a chaincode within 10 minutes. Without success, it endorses nothing there.",
        ),
        lines(
          "Reads and writes",
          "calls per second",
          {
            expr: rateBy("chaincode, channel, type", "chaincode_shim_requests_completed", ofNetwork),
            legend: "{{channel}} {{chaincode}} {{type}}",
          },
          "What chaincode asks of peers, by kind.",
        ),
        lines(
          "Time of a read or write",
          "seconds",
          {
            expr: slowestOf("chaincode_shim_request_duration", "node, chaincode", ofNetwork),
            legend: "{{node}} {{chaincode}}",
          },
          "99 of 100 take the peer less. A slow state database shows here first.",
        ),
      ],
    },
  ],
};
