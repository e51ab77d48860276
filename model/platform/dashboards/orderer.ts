/** The dashboard of orderers, and of the platform's Kafka. */
import { type Dashboard, lines, networkVariable, ofNetwork, rateBy, slowestOf } from "./dashboard";

const ofOrderer = `${ofNetwork},role="orderer",node=~"$node"`;

export const ordererDashboard: Dashboard = {
  name: "orderer",
  title: "Orderers and Kafka",
  description: "Whether orderers agree and keep up, by Raft or by Kafka.",
  variables: [networkVariable, { name: "node", series: `up{${ofNetwork},role="orderer"}`, several: true }],
  rows: [
    {
      title: "Orderers",
      panels: [
        lines(
          "Transactions",
          "transactions per second",
          { expr: rateBy("node, status", "broadcast_processed_count", ofOrderer), legend: "{{node}} {{status}}" },
          "By the answer. All but SUCCESS were refused.",
        ),
        lines(
          "Time to take a transaction",
          "seconds",
          { expr: slowestOf("broadcast_enqueue_duration", "node", ofOrderer), legend: "{{node}}" },
          "99 of 100 transactions wait less until they are in Raft or Kafka.",
        ),
        lines(
          "Blocks",
          "blocks",
          { expr: `ledger_blockchain_height{${ofOrderer}}`, legend: "{{node}} {{channel}}" },
          "Blocks of each channel.",
        ),
        lines(
          "Participation",
          "none",
          { expr: `participation_status{${ofOrderer}}`, legend: "{{node}} {{channel}}" },
          "0: inactive, 1: active, 2: onboarding, 3: failed, until the orderer restarts.",
          { badFrom: 3 },
        ),
      ],
    },
    {
      title: "Raft",
      panels: [
        lines(
          "Leaders",
          "none",
          { expr: `consensus_etcdraft_is_leader{${ofOrderer}}`, legend: "{{node}} {{channel}}" },
          "1 on the orderer that leads the channel.",
        ),
        lines(
          "Changes of the leader",
          "none",
          {
            expr: `increase(consensus_etcdraft_leader_changes{${ofOrderer}}[15m])`,
            legend: "{{node}} {{channel}}",
          },
          "Within 15 minutes. 4 are an alert.",
          { badFrom: 4 },
        ),
        lines(
          "Consenters that are active",
          "nodes",
          { expr: `consensus_etcdraft_active_nodes{${ofOrderer}}`, legend: "{{node}} {{channel}}" },
          "As each orderer sees them. No more than a majority are an alert.",
        ),
        lines(
          "Time to write the log",
          "seconds",
          { expr: slowestOf("etcd_disk_wal_fsync_duration_seconds", "node", ofOrderer), legend: "{{node}}" },
          "99 of 100 writes take the volume less. More than half a second for 10 minutes are an alert.",
          { badFrom: 0.5 },
        ),
      ],
    },
    {
      title: "Kafka",
      panels: [
        lines(
          "Offset that is persisted",
          "none",
          { expr: `consensus_kafka_last_offset_persisted{${ofOrderer}}`, legend: "{{node}} {{channel}}" },
          "How far each orderer has read a channel. It has one value a minute.",
        ),
        lines(
          "Time of a request",
          "milliseconds",
          { expr: `consensus_kafka_request_latency{${ofOrderer}}`, legend: "{{node}} broker {{broker_id}}" },
          "Of each orderer to each broker. More than 2 seconds for 5 minutes are an alert.",
          { badFrom: 2000 },
        ),
        lines(
          "Records that are sent",
          "none",
          { expr: `consensus_kafka_record_send_rate{${ofOrderer}}`, legend: "{{node}} {{topic}}" },
          "Records a second that each orderer sends to each topic.",
        ),
        {
          title: "Brokers and ZooKeepers of the platform",
          description: "Fewer than wanted for 3 minutes are an alert.",
          kind: "lines",
          unit: "nodes",
          queries: [
            { expr: "max by (state) (baas_kafka_brokers)", legend: "brokers {{state}}" },
            { expr: "max by (state) (baas_kafka_zookeepers)", legend: "ZooKeepers {{state}}" },
          ],
        },
        lines(
          "Partitions of the platform",
          "none",
          { expr: 'max by (state) (baas_kafka_partitions{state!="all"})', legend: "{{state}}" },
          "Partitions that are below_minimum take no messages.",
          { badFrom: 1 },
        ),
      ],
    },
  ],
};
