/** Alerts on peers and their ledgers. */
import { debugPeerId } from "../../contracts/debugging";
import {
  type AlertGroup,
  type AlertRule,
  type AlertSettings,
  behind,
  behindTime,
  restartTime,
  slowest,
} from "./alertRule";

const blocks = "ledger_blockchain_height";
/** A debug peer is alone, and behind while a developer looks at a transaction. */
const serving = `role="peer",node!~"${debugPeerId}-.+"`;
const invalid = 'validation_code!~"VALID|MVCC_READ_CONFLICT|PHANTOM_READ_CONFLICT"';
const conflicts = 'validation_code=~"MVCC_READ_CONFLICT|PHANTOM_READ_CONFLICT"';

const shareOf = (which: string): string =>
  `sum by (network, channel) (rate(ledger_transaction_count{${which}}[5m])) / ` +
  "sum by (network, channel) (rate(ledger_transaction_count[5m]))";

const peerBehind = (settings: AlertSettings): AlertRule => ({
  alert: "PeerBehind",
  expr: behind(blocks, "network, channel", settings, `${blocks}{${serving}}`),
  for: behindTime,
  severity: "warning",
  needs: "ordering",
  summary: "Peer {{ $labels.node }} of network {{ $labels.network }} is behind on channel {{ $labels.channel }}",
  description: "It lacks {{ $value }} blocks that other nodes have had for a minute. Its clients read old data.",
});

const rules: AlertRule[] = [
  {
    alert: "PeerDown",
    expr: 'up{role="peer"} == 0',
    for: restartTime,
    severity: "warning",
    summary: "Peer {{ $labels.node }} of network {{ $labels.network }} is down",
    description: `Its metrics could not be read for ${restartTime}. A restart takes less.`,
  },
  {
    alert: "OrganizationPeersDown",
    expr: 'max by (network, organization) (up{role="peer"}) == 0',
    for: "1m",
    severity: "critical",
    summary: "All peers of {{ $labels.organization }} in network {{ $labels.network }} are down",
    description: "Nothing that needs the organization's endorsement can be committed, and its clients have no peer.",
  },
  {
    alert: "LedgerStalled",
    expr:
      'sum by (network, channel) (increase(broadcast_processed_count{status="SUCCESS"}[5m])) > 0 and on (network, channel) ' +
      `max by (network, channel) (delta(${blocks}[5m])) == 0`,
    for: "2m",
    severity: "critical",
    needs: "ordering",
    summary: "Channel {{ $labels.channel }} of network {{ $labels.network }} commits nothing",
    description:
      "Orderers accepted {{ $value | humanize }} transactions within 5 minutes, and no node has a new block.",
  },
  {
    alert: "TransactionsInvalid",
    expr: `${shareOf(invalid)} > 0.05`,
    for: "5m",
    severity: "warning",
    summary: "Transactions on channel {{ $labels.channel }} of network {{ $labels.network }} are invalid",
    description:
      "Peers marked {{ $value | humanizePercentage }} of all transactions invalid for other reasons than conflicts.",
  },
  {
    alert: "TransactionConflicts",
    expr: `${shareOf(conflicts)} > 0.2`,
    for: "15m",
    severity: "warning",
    summary: "Transactions on channel {{ $labels.channel }} of network {{ $labels.network }} conflict with each other",
    description: "{{ $value | humanizePercentage }} of all transactions read keys that others had changed.",
  },
  {
    alert: "StateDatabaseDown",
    expr: 'up{role="couchdb"} == 0',
    for: restartTime,
    severity: "warning",
    summary: "CouchDB of peer {{ $labels.node }} of network {{ $labels.network }} is down",
    description: `Its metrics could not be read for ${restartTime}. The peer neither endorses nor commits without it.`,
  },
  {
    alert: "StateDatabaseSlow",
    expr: `${slowest("ledger_statedb_commit_time", "network, organization, node, channel")} > 2`,
    for: "10m",
    severity: "warning",
    summary: "The state database of peer {{ $labels.node }} of network {{ $labels.network }} is slow",
    description:
      "One of 100 blocks of channel {{ $labels.channel }} takes {{ $value | humanizeDuration }} to be written.",
  },
  {
    alert: "PeerAlone",
    expr:
      `gossip_membership_total_peers_known{${serving}} == 0 and on (network, channel) ` +
      "count by (network, channel) (gossip_membership_total_peers_known) > 1",
    for: "10m",
    severity: "warning",
    summary: "Peer {{ $labels.node }} of network {{ $labels.network }} knows no other on channel {{ $labels.channel }}",
    description: "It learns of no endorsers of other organizations, so that clients which ask it cannot submit.",
  },
];

/** The rules. */
export const peerAlerts = (settings: AlertSettings): AlertGroup => ({
  name: "peers",
  rules: [...rules, peerBehind(settings)],
});
