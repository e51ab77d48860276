/** The dashboard of one channel. */
import { type Dashboard, lines, networkVariable, ofNetwork, rateBy, slowestOf } from "./dashboard";

const ofChannel = `${ofNetwork},channel="$channel"`;
const height = `ledger_blockchain_height{${ofChannel}}`;

export const channelDashboard: Dashboard = {
  name: "channel",
  title: "Channel",
  description: "Whether a channel goes on, who is behind, and which transactions fail.",
  variables: [networkVariable, { name: "channel", series: `ledger_blockchain_height{${ofNetwork}}` }],
  rows: [
    {
      title: "Blocks",
      panels: [
        lines("Blocks", "blocks", { expr: height, legend: "{{node}}" }, "Blocks that each node has."),
        lines(
          "Blocks behind",
          "blocks",
          { expr: `scalar(max(${height})) - ${height}`, legend: "{{node}}" },
          "Blocks that each node lacks. More than 10 for 5 minutes are an alert.",
          { badFrom: 10 },
        ),
        lines(
          "Time of a block",
          "seconds",
          { expr: slowestOf("ledger_block_processing_time", "node", ofChannel), legend: "{{node}}" },
          "99 of 100 blocks take a peer less: validation, and writing the ledger and its state.",
        ),
        lines(
          "Time until a block is cut",
          "seconds",
          { expr: slowestOf("blockcutter_block_fill_duration", "node", ofChannel), legend: "{{node}}" },
          "99 of 100 blocks wait less for transactions. At the channel's batch timeout, blocks are cut before they are full.",
        ),
      ],
    },
    {
      title: "Transactions",
      panels: [
        lines(
          "Transactions that orderers were sent",
          "transactions per second",
          { expr: rateBy("status", "broadcast_processed_count", ofChannel), legend: "{{status}}" },
          "By the orderers' answer. All but SUCCESS were refused.",
        ),
        lines(
          "Transactions that peers committed",
          "transactions per second",
          {
            expr: `max by (chaincode, validation_code) (sum by (node, chaincode, validation_code) (rate(ledger_transaction_count{${ofChannel}}[5m])))`,
            legend: "{{chaincode}} {{validation_code}}",
          },
          "By chaincode and validation code, on the peer that has most. MVCC_READ_CONFLICT: another transaction had changed what it read.",
        ),
        lines(
          "Time to take a transaction",
          "seconds",
          { expr: slowestOf("broadcast_enqueue_duration", "node", ofChannel), legend: "{{node}}" },
          "99 of 100 transactions wait less until an orderer has them in Raft or Kafka.",
        ),
        lines(
          "Peers that are known",
          "nodes",
          { expr: `gossip_membership_total_peers_known{${ofChannel}}`, legend: "{{node}}" },
          "How many others each peer knows. One that knows none finds no endorsers of other organizations.",
          { badUpTo: 0 },
        ),
      ],
    },
  ],
};
