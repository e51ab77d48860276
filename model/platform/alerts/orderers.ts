/** Alerts on orderers, by Raft and by Kafka. */
import {
  type AlertGroup,
  type AlertRule,
  type AlertSettings,
  behind,
  behindTime,
  restartTime,
  slowest,
} from "./alertRule";

const blocks = 'ledger_blockchain_height{role="orderer"}';
const accepted = (which: string): string => `sum by (network, channel) (rate(broadcast_processed_count${which}[5m]))`;
const active = "max by (network, channel) (consensus_etcdraft_active_nodes)";
const size = "max by (network, channel) (consensus_etcdraft_cluster_size)";

const ordererBehind = (settings: AlertSettings): AlertRule => ({
  alert: "OrdererBehind",
  expr: behind(blocks, "network, channel", settings),
  for: behindTime,
  severity: "warning",
  needs: "ordering",
  summary: "Orderer {{ $labels.node }} of network {{ $labels.network }} is behind on channel {{ $labels.channel }}",
  description: "It lacks {{ $value }} blocks that other orderers have had for a minute.",
});

const rules: AlertRule[] = [
  {
    alert: "OrdererDown",
    expr: 'up{role="orderer"} == 0',
    for: restartTime,
    severity: "warning",
    summary: "Orderer {{ $labels.node }} of network {{ $labels.network }} is down",
    description: `Its metrics could not be read for ${restartTime}. A restart takes less.`,
  },
  {
    alert: "OrderingDown",
    expr: 'max by (network) (up{role="orderer"}) == 0',
    for: "30s",
    keepFiringFor: "1m",
    severity: "critical",
    summary: "All orderers of network {{ $labels.network }} are down",
    description: "Nothing is committed on any of its channels.",
  },
  {
    alert: "TransactionsRefused",
    expr: `${accepted('{status!="SUCCESS"}')} / ${accepted("")} > 0.1`,
    for: "5m",
    severity: "warning",
    needs: "ordering",
    summary: "Orderers of network {{ $labels.network }} refuse transactions for channel {{ $labels.channel }}",
    description: "{{ $value | humanizePercentage }} of what they were sent.",
  },
  {
    alert: "ParticipationFailed",
    expr: "participation_status == 3",
    for: "1m",
    severity: "critical",
    summary:
      "Orderer {{ $labels.node }} of network {{ $labels.network }} cannot take part in channel {{ $labels.channel }}",
    description: "Its status of participation is failed, and stays so until it restarts.",
  },
  {
    alert: "RaftNoLeader",
    expr: "max by (network, channel) (consensus_etcdraft_is_leader) == 0",
    for: "1m",
    severity: "critical",
    needs: "ordering",
    summary: "Channel {{ $labels.channel }} of network {{ $labels.network }} has no leader",
    description: "No orderer that answers has led it for a minute. Nothing is committed on it.",
  },
  {
    alert: "RaftQuorumAtRisk",
    expr: `${active} < ${size} and ${active} <= floor(${size} / 2) + 1`,
    for: "5m",
    severity: "critical",
    needs: "ordering",
    summary: "Channel {{ $labels.channel }} of network {{ $labels.network }} survives no further loss of an orderer",
    description: "{{ $value }} of its consenters are active, no more than a majority.",
  },
  {
    alert: "RaftLeaderChanges",
    expr: "max by (network, channel) (increase(consensus_etcdraft_leader_changes[15m])) >= 4",
    severity: "warning",
    needs: "ordering",
    summary: "Channel {{ $labels.channel }} of network {{ $labels.network }} changes its leader again and again",
    description: "{{ $value | humanize }} times within 15 minutes. Transactions wait at each change.",
  },
  {
    alert: "RaftDiskSlow",
    expr: `${slowest("etcd_disk_wal_fsync_duration_seconds", "network, organization, node")} > 0.5`,
    for: "10m",
    severity: "warning",
    summary: "The disk of orderer {{ $labels.node }} of network {{ $labels.network }} is slow",
    description: "One of 100 writes to its log takes {{ $value | humanizeDuration }}. It may lose the lead.",
  },
  {
    alert: "KafkaOrderingStalled",
    expr:
      'sum by (network, channel) (increase(broadcast_processed_count{status="SUCCESS"}[5m])) > 0 and on (network, channel) ' +
      "max by (network, channel) (delta(consensus_kafka_last_offset_persisted[5m])) == 0",
    for: "3m",
    severity: "critical",
    needs: "ordering",
    summary: "Orderers of network {{ $labels.network }} read nothing of channel {{ $labels.channel }} from Kafka",
    description:
      "They accepted {{ $value | humanize }} transactions within 5 minutes, and have persisted no offset since.",
  },
  {
    alert: "KafkaRequestsSlow",
    expr: "max by (network, broker_id) (consensus_kafka_request_latency) > 2000",
    for: "5m",
    severity: "warning",
    needs: "ordering",
    summary: "Broker {{ $labels.broker_id }} answers the orderers of network {{ $labels.network }} slowly",
    description: "A request takes {{ $value | humanize }} ms.",
  },
];

/** The rules. */
export const ordererAlerts = (settings: AlertSettings): AlertGroup => ({
  name: "orderers",
  rules: [...rules, ordererBehind(settings)],
});
