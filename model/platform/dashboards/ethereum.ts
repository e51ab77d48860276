/** The dashboard of Ethereum networks. */
import { type Dashboard, lines, networkVariable, ofNetwork } from "./dashboard";

const roles = 'role=~"validator|bootnode|rpc-node"';

export const ethereumDashboard: Dashboard = {
  name: "ethereum",
  title: "Ethereum",
  description: "Whether a chain goes on, which validators make its blocks, and who is behind.",
  variables: [networkVariable],
  rows: [
    {
      title: "Chain",
      panels: [
        lines(
          "Age of the last block",
          "seconds",
          {
            expr: `time() - max by (network) (baas_ethereum_block_timestamp_seconds{${ofNetwork}})`,
            legend: "age",
          },
          "More than a minute and five block periods are an alert. Validators are asked every 30 seconds.",
        ),
        lines(
          "Blocks",
          "blocks",
          { expr: `max by (node) (baas_ethereum_block_number{${ofNetwork}})`, legend: "{{node}}" },
          "The last block of each validator; of one that is silent, the last one known.",
        ),
        lines(
          "Transactions",
          "transactions per second",
          {
            expr: `max by (network) (rate(besu_blockchain_chain_head_transaction_count_counter_total{${ofNetwork}}[5m]))`,
            legend: "in blocks",
          },
          "Transactions in blocks, as nodes of Besu count them.",
        ),
      ],
    },
    {
      title: "Validators",
      panels: [
        {
          title: "Validators",
          description: "No more that answer than the quorum, while the chain has more, are an alert.",
          kind: "lines",
          unit: "nodes",
          queries: [{ expr: `max by (state) (baas_ethereum_validators{${ofNetwork}})`, legend: "{{state}}" }],
        },
        lines(
          "Blocks made",
          "blocks",
          { expr: `max by (node) (baas_ethereum_proposed_blocks{${ofNetwork}})`, legend: "{{node}}" },
          "Of the last 100 with QBFT, of the last 64 with clique. None for 10 minutes are an alert.",
          { badUpTo: 0 },
        ),
        lines(
          "Peers of validators",
          "nodes",
          { expr: `max by (node) (baas_ethereum_peers{${ofNetwork}})`, legend: "{{node}}" },
          "Every validator is connected to all others.",
        ),
      ],
    },
    {
      title: "Nodes of Besu",
      panels: [
        lines(
          "Blocks behind",
          "blocks",
          {
            expr: `max by (network) (ethereum_blockchain_height{${ofNetwork}}) - on (network) group_right () ethereum_blockchain_height{${ofNetwork}}`,
            legend: "{{node}}",
          },
          "Blocks that others have. More than 10 for 5 minutes are an alert.",
          { badFrom: 10 },
        ),
        lines(
          "Peers",
          "nodes",
          { expr: `ethereum_peer_count{${ofNetwork}}`, legend: "{{node}}" },
          "RPC nodes are connected to validators, or to bootnodes where there are some.",
          { badUpTo: 0 },
        ),
        lines(
          "Transactions that wait",
          "none",
          {
            expr: `sum by (node) (besu_transaction_pool_transactions{${ofNetwork}})`,
            legend: "{{node}}",
          },
          "In the pool of each node. A pool has room for 4096; four fifths for 5 minutes are an alert.",
          { badFrom: 3276 },
        ),
        lines(
          "Nodes up",
          "nodes",
          { expr: `sum by (role) (up{${ofNetwork},${roles}})`, legend: "{{role}}" },
          "Nodes whose metrics can be read, by role.",
        ),
      ],
    },
  ],
};
