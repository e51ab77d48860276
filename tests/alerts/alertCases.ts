/** The cases of all alert rules: for each one at least in which it fires, and one in which it is quiet. */
import { type AlertCase, type Series, target, targetOf } from "./alertCase";
import { ethereumCases } from "./ethereumCases";
import { jsonRpcCases } from "./jsonRpcCases";
import { kafkaCases } from "./kafkaCases";
import { kubernetesCases } from "./kubernetesCases";
import { serviceLevelCases } from "./serviceLevelCases";

const peer0 = target("peer", "peer0-org1");
const peer1 = target("peer", "peer1-org1");
const debugPeer = target("peer", "debug-org1");
const orderer0 = target("orderer", "orderer0-orderer", "orderer");
const orderer1 = target("orderer", "orderer1-orderer", "orderer");
const orderer2 = target("orderer", "orderer2-orderer", "orderer");
const ca = target("certificate-authority", "ca-org1");
const gateway = target("gateway", "gateway-1");
const gateway2 = target("gateway", "gateway-2");
const couchdb = target("couchdb", "peer0-org1");
const platformGateway = 'job="platform-gateway",namespace="baas-platform",role="gateway",node="gateway-1"';

const channel = { network: "trade", channel: "trades" };
const inOrg1 = { network: "trade", organization: "org1" };

const on = (labels: string, more: string): string => `${labels},${more}`;
const up = (values: Record<string, string>): Series =>
  Object.fromEntries(Object.entries(values).map(([labels, value]) => [`up{${labels}}`, value]));
const height = (values: Record<string, string>): Series =>
  Object.fromEntries(
    Object.entries(values).map(([labels, value]) => [
      `ledger_blockchain_height{${on(labels, 'channel="trades"')}}`,
      value,
    ]),
  );
const transactions = (valid: string, code: string, other: string): Series => ({
  [`ledger_transaction_count{${on(peer0, 'channel="trades",validation_code="VALID"')}}`]: valid,
  [`ledger_transaction_count{${on(peer0, `channel="trades",validation_code="${code}"`)}}`]: other,
});
const accepted = (values: string, status = "SUCCESS"): Series => ({
  [`broadcast_processed_count{${on(orderer0, `channel="trades",status="${status}"`)}}`]: values,
});
const histogram = (name: string, labels: string, slow: string): Series => ({
  [`${name}_bucket{${on(labels, 'le="0.1"')}}`]: "0+100x30",
  [`${name}_bucket{${on(labels, 'le="5"')}}`]: slow,
  [`${name}_bucket{${on(labels, 'le="+Inf"')}}`]: slow,
});
const raft = (metric: string, values: Record<string, string>): Series =>
  Object.fromEntries(
    Object.entries(values).map(([labels, value]) => [
      `consensus_etcdraft_${metric}{${on(labels, 'channel="trades"')}}`,
      value,
    ]),
  );
const calls = (code: string, values: string, method = "Submit"): Series => ({
  [`grpc_server_unary_requests_completed{${on(peer0, `service="gateway_Gateway",method="${method}",code="${code}"`)}}`]:
    values,
});
const launches = (success: string, values: string): Series => ({
  [`chaincode_launch_duration_count{${on(peer0, `chaincode="basic",success="${success}"`)}}`]: values,
});
const proposals = (success: string, values: string): Series => ({
  [`endorser_proposal_duration_count{${on(peer0, `channel="trades",chaincode="basic",success="${success}"`)}}`]: values,
});
/** Whether the pods of the gateway reach a peer. */
const reached = (byOne: string, byOther: string): Series => ({
  [`haproxy_backend_active_servers{${on(gateway, 'proxy="peer0-org1"')}}`]: byOne,
  [`haproxy_backend_active_servers{${on(gateway2, 'proxy="peer0-org1"')}}`]: byOther,
});
const certificate = 'namespace="trade",network="trade",organization="org1",ca="tlsca",kind="identity",identity="peer0"';
const certificateLabels = { ...inOrg1, namespace: "trade", ca: "tlsca", kind: "identity", identity: "peer0" };
const ends = (seconds: number): Series => ({
  [`baas_certificate_expiration_timestamp_seconds{${certificate}}`]: `${seconds}x20`,
});
const alertmanagers = { a: 'job="alertmanagers",node="alertmanager0"', b: 'job="alertmanagers",node="alertmanager1"' };
const amLabels = (node: string) => ({ job: "alertmanagers", node });

/** A case in which an alert fires, and those in which it does not. */
function pair(
  alert: string,
  loud: { when: string; series: Series; at: number; fires: Record<string, string>[] },
  ...quiet: { when: string; series: Series; at: number }[]
): AlertCase[] {
  return [{ alert, ...loud }, ...quiet.map((each) => ({ alert, ...each, fires: [] }))];
}

const day = 24 * 3600;

/** A custom resource that is not ready since the beginning. */
const notReady = (kind: string, resource: string): Series => ({
  [`baas_resource_not_ready_timestamp_seconds{kind="${kind}",namespace="trade",resource="${resource}"}`]: "0x60",
});

export const alertCases: AlertCase[] = [
  ...pair(
    "NetworkDown",
    {
      when: "no node answers",
      series: up({ [peer0]: "1 0x9", [orderer0]: "1 0x9" }),
      at: 2,
      fires: [{ network: "trade" }],
    },
    { when: "one node answers", series: up({ [peer0]: "0x9", [orderer0]: "1x9" }), at: 5 },
    { when: "the network is new", series: up({ [peer0]: "0x9", [orderer0]: "0x9" }), at: 5 },
  ),
  ...pair(
    "NetworkNew",
    {
      when: "its first nodes do not answer yet",
      series: up({ [peer0]: "_x20 0x30", [orderer0]: "_x20 0 1x29" }),
      at: 25,
      fires: [{ network: "trade" }],
    },
    { when: "all have answered once", series: up({ [peer0]: "_x20 0 1 0x30", [orderer0]: "_x20 0 1x30" }), at: 27 },
    { when: "they have not answered for long", series: up({ [peer0]: "_x20 0x30" }), at: 36 },
    { when: "a node is down after a long time", series: up({ [peer0]: "1x20 0x30" }), at: 25 },
  ),
  { alert: "NetworkDown", when: "the network is removed", series: up({ [peer0]: "1 0 stale" }), at: 1, fires: [] },
  ...pair(
    "PeerDown",
    {
      when: "it stays away",
      series: up({ [peer0]: "1 0x9", [peer1]: "1x9" }),
      at: 4,
      fires: [targetOf("peer", "peer0-org1")],
    },
    { when: "it restarts", series: up({ [peer0]: "1 0 0 1x9", [peer1]: "1x9" }), at: 6 },
  ),
  ...pair(
    "OrganizationPeersDown",
    { when: "all are away", series: up({ [peer0]: "1 0x9", [peer1]: "1 0x9" }), at: 2, fires: [inOrg1] },
    { when: "one after another restarts", series: up({ [peer0]: "1 0 1x9", [peer1]: "1 1 0 1x9" }), at: 3 },
    { when: "the network is new", series: up({ [peer0]: "0x9", [peer1]: "0x9" }), at: 5 },
  ),
  ...pair(
    "PeerBehind",
    {
      when: "it lacks blocks",
      series: height({ [orderer0]: "100+5x20", [peer0]: "100x20", [peer1]: "100+5x20" }),
      at: 10,
      fires: [{ ...targetOf("peer", "peer0-org1"), channel: "trades" }],
    },
    {
      when: "it is a debug peer",
      series: height({ [orderer0]: "100+5x20", [debugPeer]: "100x20" }),
      at: 10,
    },
    { when: "it catches up", series: height({ [orderer0]: "100x20", [peer0]: "50+25x2 100x18" }), at: 10 },
    {
      when: "the channel is quick, and it was read before the others",
      series: height({ [orderer0]: "100+50x20", [peer0]: "55+50x20", [peer1]: "100+50x20" }),
      at: 20,
    },
  ),
  ...pair(
    "LedgerStalled",
    {
      when: "transactions come, and no blocks",
      series: { ...accepted("0+10x30"), ...height({ [orderer0]: "100x30", [peer0]: "100x30" }) },
      at: 10,
      fires: [channel],
    },
    { when: "nobody sends anything", series: { ...accepted("10x30"), ...height({ [orderer0]: "100x30" }) }, at: 15 },
  ),
  ...pair(
    "TransactionsInvalid",
    {
      when: "many are",
      series: transactions("0+50x30", "ENDORSEMENT_POLICY_FAILURE", "0+10x30"),
      at: 15,
      fires: [channel],
    },
    { when: "they only conflict", series: transactions("0+50x30", "MVCC_READ_CONFLICT", "0+10x30"), at: 15 },
  ),
  ...pair(
    "TransactionConflicts",
    { when: "many do", series: transactions("0+50x40", "MVCC_READ_CONFLICT", "0+50x40"), at: 30, fires: [channel] },
    { when: "few do", series: transactions("0+50x40", "MVCC_READ_CONFLICT", "0+2x40"), at: 30 },
  ),
  ...pair(
    "StateDatabaseSlow",
    {
      when: "blocks take seconds",
      series: histogram("ledger_statedb_commit_time", on(peer0, 'channel="trades"'), "0+200x30"),
      at: 20,
      fires: [{ ...inOrg1, node: "peer0-org1", channel: "trades" }],
    },
    {
      when: "blocks are quick",
      series: histogram("ledger_statedb_commit_time", on(peer0, 'channel="trades"'), "0+100x30"),
      at: 20,
    },
  ),
  ...pair(
    "PeerAlone",
    {
      when: "another knows it",
      series: {
        [`gossip_membership_total_peers_known{${on(peer0, 'channel="trades"')}}`]: "0x30",
        [`gossip_membership_total_peers_known{${on(peer1, 'channel="trades"')}}`]: "1x30",
      },
      at: 15,
      fires: [{ ...targetOf("peer", "peer0-org1"), channel: "trades" }],
    },
    {
      when: "it is a debug peer",
      series: {
        [`gossip_membership_total_peers_known{${on(debugPeer, 'channel="trades"')}}`]: "0x30",
        [`gossip_membership_total_peers_known{${on(peer1, 'channel="trades"')}}`]: "1x30",
      },
      at: 15,
    },
    {
      when: "there is no other",
      series: { [`gossip_membership_total_peers_known{${on(peer0, 'channel="trades"')}}`]: "0x30" },
      at: 15,
    },
  ),
  ...pair(
    "OrdererDown",
    {
      when: "it stays away",
      series: up({ [orderer0]: "1 0x9", [orderer1]: "1x9" }),
      at: 4,
      fires: [targetOf("orderer", "orderer0-orderer", "orderer")],
    },
    { when: "it restarts", series: up({ [orderer0]: "1 0 0 1x9", [orderer1]: "1x9" }), at: 6 },
  ),
  ...pair(
    "OrderingDown",
    {
      when: "all are away",
      series: up({ [orderer0]: "1 0x9", [orderer1]: "1 0x9" }),
      at: 2,
      fires: [{ network: "trade" }],
    },
    { when: "one is left", series: up({ [orderer0]: "1 0x9", [orderer1]: "1x9" }), at: 5 },
    { when: "the network is new", series: up({ [orderer0]: "0x9", [peer0]: "1x9" }), at: 5 },
  ),
  ...pair(
    "OrdererBehind",
    {
      when: "it lacks blocks",
      series: height({ [orderer0]: "100+5x20", [orderer1]: "100x20" }),
      at: 10,
      fires: [{ ...targetOf("orderer", "orderer1-orderer", "orderer"), channel: "trades" }],
    },
    { when: "only a peer does", series: height({ [orderer0]: "100+5x20", [peer0]: "100x20" }), at: 10 },
    {
      when: "the channel is quick, and it was read before the other",
      series: height({ [orderer0]: "100+50x20", [orderer1]: "55+50x20" }),
      at: 20,
    },
  ),
  ...pair(
    "TransactionsRefused",
    {
      when: "many are",
      series: { ...accepted("0+10x30"), ...accepted("0+5x30", "BAD_REQUEST") },
      at: 15,
      fires: [channel],
    },
    { when: "few are", series: { ...accepted("0+100x30"), ...accepted("0+1x30", "BAD_REQUEST") }, at: 15 },
  ),
  ...pair(
    "ParticipationFailed",
    {
      when: "its status is 3",
      series: { [`participation_status{${on(orderer0, 'channel="trades"')}}`]: "1 3x9" },
      at: 3,
      fires: [{ ...targetOf("orderer", "orderer0-orderer", "orderer"), channel: "trades" }],
    },
    {
      when: "it is onboarding",
      series: { [`participation_status{${on(orderer0, 'channel="trades"')}}`]: "2x9" },
      at: 5,
    },
  ),
  ...pair(
    "RaftNoLeader",
    {
      when: "none leads",
      series: raft("is_leader", { [orderer0]: "1 0x9", [orderer1]: "0x9" }),
      at: 3,
      fires: [channel],
    },
    { when: "another takes over", series: raft("is_leader", { [orderer0]: "1 0x9", [orderer1]: "0 0 1x9" }), at: 5 },
  ),
  ...pair(
    "RaftQuorumAtRisk",
    {
      when: "two of three are active",
      series: {
        ...raft("active_nodes", { [orderer0]: "2x20", [orderer1]: "0x20" }),
        ...raft("cluster_size", { [orderer0]: "3x20", [orderer1]: "3x20" }),
      },
      at: 7,
      fires: [channel],
    },
    {
      when: "four of five are active",
      series: { ...raft("active_nodes", { [orderer0]: "4x20" }), ...raft("cluster_size", { [orderer0]: "5x20" }) },
      at: 10,
    },
  ),
  ...pair(
    "RaftLeaderChanges",
    {
      when: "it changes every minute",
      series: raft("leader_changes", { [orderer0]: "0+1x30" }),
      at: 20,
      fires: [channel],
    },
    { when: "a roll changes it twice", series: raft("leader_changes", { [orderer0]: "0x5 1x5 2x20" }), at: 20 },
  ),
  ...pair(
    "RaftDiskSlow",
    {
      when: "writes take seconds",
      series: histogram("etcd_disk_wal_fsync_duration_seconds", orderer0, "0+200x30"),
      at: 20,
      fires: [{ network: "trade", organization: "orderer", node: "orderer0-orderer" }],
    },
    {
      when: "writes are quick",
      series: histogram("etcd_disk_wal_fsync_duration_seconds", orderer0, "0+100x30"),
      at: 20,
    },
  ),
  ...pair(
    "KafkaOrderingStalled",
    {
      when: "the offset stays",
      series: {
        ...accepted("0+10x30"),
        [`consensus_kafka_last_offset_persisted{${on(orderer0, 'channel="trades"')}}`]: "100x30",
        [`consensus_kafka_last_offset_persisted{${on(orderer2, 'channel="trades"')}}`]: "100x30",
      },
      at: 12,
      fires: [channel],
    },
    {
      when: "one orderer reads",
      series: {
        ...accepted("0+10x30"),
        [`consensus_kafka_last_offset_persisted{${on(orderer0, 'channel="trades"')}}`]: "100x30",
        [`consensus_kafka_last_offset_persisted{${on(orderer2, 'channel="trades"')}}`]: "100+10x30",
      },
      at: 12,
    },
  ),
  ...pair(
    "KafkaRequestsSlow",
    {
      when: "they take seconds",
      series: { [`consensus_kafka_request_latency{${on(orderer0, 'broker_id="1"')}}`]: "3000x20" },
      at: 10,
      fires: [{ network: "trade", broker_id: "1" }],
    },
    {
      when: "they are quick",
      series: { [`consensus_kafka_request_latency{${on(orderer0, 'broker_id="1"')}}`]: "3x20" },
      at: 10,
    },
  ),
  ...pair(
    "ChaincodeUnreachable",
    {
      when: "it fails for the first time",
      series: { ...launches("true", "1x20"), ...launches("false", "_x10 1x10") },
      at: 12,
      fires: [{ ...targetOf("peer", "peer0-org1"), chaincode: "basic", success: "false" }],
    },
    { when: "it failed long ago", series: launches("false", "1x30"), at: 20 },
  ),
  ...pair(
    "ChaincodeUnreachable",
    {
      when: "it fails after the peer has restarted, and fewer times than before",
      series: launches("false", "5x5 0x2 2x30"),
      at: 12,
      fires: [{ ...targetOf("peer", "peer0-org1"), chaincode: "basic", success: "false" }],
    },
    { when: "the peer has restarted, and reaches it", series: launches("false", "5x5 0x30"), at: 12 },
  ),
  ...pair(
    "EndorsementFailing",
    {
      when: "most proposals fail",
      series: { ...proposals("true", "0+1x30"), ...proposals("false", "0+9x30") },
      at: 20,
      fires: [{ ...inOrg1, channel: "trades", chaincode: "basic" }],
    },
    { when: "few fail", series: { ...proposals("true", "0+9x30"), ...proposals("false", "0+1x30") }, at: 20 },
  ),
  ...pair(
    "SubmitFailing",
    {
      when: "peers are overloaded",
      series: { ...calls("OK", "0+10x30"), ...calls("Unknown", "0+5x30") },
      at: 15,
      fires: [inOrg1],
    },
    {
      when: "only queries fail",
      series: { ...calls("OK", "0+10x30"), ...calls("Unknown", "0+50x30", "Evaluate") },
      at: 15,
    },
  ),
  ...pair(
    "CertificateAuthorityDown",
    {
      when: "it stays away",
      series: up({ [ca]: "1 0x9", [peer0]: "1x9" }),
      at: 7,
      fires: [targetOf("certificate-authority", "ca-org1")],
    },
    { when: "it restarts", series: up({ [ca]: "1 0 0 1x9", [peer0]: "1x9" }), at: 8 },
  ),
  ...pair(
    "CertificateAuthorityFailing",
    {
      when: "it answers with errors",
      series: { [`api_request_count{${on(ca, 'ca_name="ca",api_name="enroll",status_code="500"')}}`]: "0+1x40" },
      at: 25,
      fires: [{ ...inOrg1, namespace: "trade", node: "ca-org1" }],
    },
    {
      when: "clients make mistakes",
      series: { [`api_request_count{${on(ca, 'ca_name="ca",api_name="enroll",status_code="401"')}}`]: "0+1x40" },
      at: 25,
    },
  ),
  ...pair(
    "GatewayDown",
    {
      when: "all pods are away",
      series: up({ [gateway]: "1 0x9", [gateway2]: "1 0x9", [peer0]: "1x9" }),
      at: 3,
      fires: [{ network: "trade" }],
    },
    { when: "one is left", series: up({ [gateway]: "1 0x9", [gateway2]: "1x9", [peer0]: "1x9" }), at: 5 },
  ),
  ...pair(
    "GatewayPodDown",
    {
      when: "it stays away",
      series: up({ [gateway]: "1 0x9", [gateway2]: "1x9" }),
      at: 5,
      fires: [targetOf("gateway", "gateway-1")],
    },
    { when: "it is replaced", series: up({ [gateway]: "1 0 stale", [gateway2]: "1x9" }), at: 6 },
  ),
  ...pair(
    "GatewayNodeUnreachable",
    {
      when: "no pod reaches it",
      series: { ...up({ [peer0]: "1x20" }), ...reached("0x20", "0x20") },
      at: 5,
      fires: [{ network: "trade", proxy: "peer0-org1", node: "peer0-org1" }],
    },
    { when: "one pod does", series: { ...up({ [peer0]: "1x20" }), ...reached("0x20", "1x20") }, at: 5 },
  ),
  {
    alert: "GatewayNodeUnreachable",
    when: "it is down, which PeerDown says",
    series: { ...up({ [peer0]: "0x20" }), ...reached("0x20", "0x20") },
    at: 5,
    fires: [],
  },
  ...pair(
    "PlatformGatewayDown",
    { when: "no pod of it answers", series: up({ [platformGateway]: "1 0x20" }), at: 8, fires: [{}] },
    { when: "that of a network is down", series: up({ [platformGateway]: "1x20", [gateway]: "0x20" }), at: 8 },
  ),
  ...pair(
    "StateDatabaseDown",
    { when: "it stays away", series: up({ [couchdb]: "1 0x20" }), at: 5, fires: [targetOf("couchdb", "peer0-org1")] },
    { when: "it restarts", series: up({ [couchdb]: "1 0 1x20" }), at: 5 },
  ),
  {
    alert: "GatewayDown",
    when: "that of the platform is down",
    series: up({ [platformGateway]: "0x20", [gateway]: "1x20" }),
    at: 5,
    fires: [],
  },
  {
    alert: "NetworkDown",
    when: "nothing but CouchDB is up",
    series: up({ [peer0]: "1 0x20", [couchdb]: "1x20" }),
    at: 5,
    fires: [{ network: "trade" }],
  },
  {
    alert: "NetworkDown",
    when: "only its gateway and its API server are up, which can do nothing without nodes",
    series: up({ [peer0]: "1 0x20", [orderer0]: "1 0x20", [gateway]: "1x20", [target("api", "api-0")]: "1x20" }),
    at: 5,
    fires: [{ network: "trade" }],
  },
  {
    alert: "NetworkDown",
    when: "the gateway of a network of geth is down, whose nodes nobody reads",
    series: up({ [gateway]: "1 0x20" }),
    at: 5,
    fires: [],
  },
  ...pair(
    "ControllerDown",
    {
      when: "there is none",
      series: up({ 'job="controller",node="a"': "1 0x20" }),
      at: 8,
      fires: [{}],
    },
    {
      when: "one of two is up",
      series: up({ 'job="controller",node="a"': "0x20", 'job="controller",node="b"': "1x20" }),
      at: 8,
    },
  ),
  ...pair(
    "ControllerIdle",
    { when: "none leads", series: { 'baas_leader{job="controller",node="a"}': "0x20" }, at: 8, fires: [{}] },
    { when: "one leads", series: { 'baas_leader{node="a"}': "0x20", 'baas_leader{node="b"}': "1x20" }, at: 8 },
  ),
  ...pair(
    "ReconciliationFailing",
    {
      when: "it fails all the time",
      series: { 'baas_reconcile_total{kind="Channel",result="failing"}': "0+1x60" },
      at: 45,
      fires: [{ kind: "Channel" }],
    },
    { when: "it waits", series: { 'baas_reconcile_total{kind="Channel",result="waiting"}': "0+1x60" }, at: 45 },
  ),
  {
    alert: "CertificateExpiring",
    when: "it ends within 20 days",
    series: ends(20 * day),
    at: 3,
    fires: [{ ...certificateLabels, severity: "warning" }],
  },
  {
    alert: "CertificateExpiring",
    when: "it ends within 3 days",
    series: ends(3 * day),
    at: 3,
    fires: [
      { ...certificateLabels, severity: "warning" },
      { ...certificateLabels, severity: "critical" },
    ],
  },
  { alert: "CertificateExpiring", when: "it ends in 100 days", series: ends(100 * day), at: 3, fires: [] },
  {
    alert: "CertificateExpiring",
    when: "it is a smoke test's",
    series: { 'baas_certificate_expiration_timestamp_seconds{identity="asset-1-0-smoke-test"}': "60x20" },
    at: 3,
    fires: [],
  },
  { alert: "Watchdog", when: "nothing is wrong", series: {}, at: 1, fires: [{}] },
  ...pair(
    "AlertmanagerDown",
    { when: "it stays away", series: up({ [alertmanagers.a]: "1 0x20" }), at: 8, fires: [amLabels("alertmanager0")] },
    { when: "it restarts", series: up({ [alertmanagers.a]: "1 0 0 1x20" }), at: 8 },
  ),
  ...pair(
    "AlertmanagersApart",
    {
      when: "one knows only itself",
      series: {
        ...up({ [alertmanagers.a]: "1x20", [alertmanagers.b]: "1x20" }),
        [`alertmanager_cluster_members{${alertmanagers.a}}`]: "1x20",
        [`alertmanager_cluster_members{${alertmanagers.b}}`]: "2x20",
      },
      at: 15,
      fires: [{}],
    },
    {
      when: "one is away",
      series: {
        ...up({ [alertmanagers.a]: "1x20", [alertmanagers.b]: "0x20" }),
        [`alertmanager_cluster_members{${alertmanagers.a}}`]: "1x20",
      },
      at: 15,
    },
  ),
  ...pair(
    "NotificationsFailing",
    {
      when: "a webhook answers with errors",
      series: { [`alertmanager_notifications_failed_total{${alertmanagers.a},integration="webhook"}`]: "0+1x30" },
      at: 10,
      fires: [{ integration: "webhook" }],
    },
    {
      when: "all arrive",
      series: { [`alertmanager_notifications_failed_total{${alertmanagers.a},integration="webhook"}`]: "3x30" },
      at: 20,
    },
  ),
  ...pair(
    "AlertsUndelivered",
    {
      when: "they are dropped",
      series: { 'prometheus_notifications_dropped_total{job="prometheus"}': "0x5 1+1x30" },
      at: 15,
      fires: [{ job: "prometheus" }],
    },
    { when: "none is", series: { 'prometheus_notifications_dropped_total{job="prometheus"}': "5x30" }, at: 20 },
  ),
  ...Array.from({ length: 12 }, (_, minute) => ({
    ...{ alert: "AlertsUndelivered", when: `some were at the start, ${minute + 2} minutes ago` },
    series: { 'prometheus_notifications_dropped_total{job="prometheus"}': "_ 3 6x30" },
    at: minute + 2,
    fires: [],
  })),
  ...pair(
    "RulesFailing",
    {
      when: "one fails",
      series: { 'prometheus_rule_evaluation_failures_total{rule_group="peers"}': "0+1x30" },
      at: 10,
      fires: [{ rule_group: "peers" }],
    },
    { when: "none does", series: { 'prometheus_rule_evaluation_failures_total{rule_group="peers"}': "0x30" }, at: 10 },
  ),
  ...pair(
    "MetricsKeptShorter",
    {
      when: "the volume is full",
      series: { 'prometheus_tsdb_size_retentions_total{job="prometheus"}': "0x10 1x30" },
      at: 20,
      fires: [{ job: "prometheus" }],
    },
    { when: "it is not", series: { 'prometheus_tsdb_size_retentions_total{job="prometheus"}': "0x30" }, at: 20 },
  ),
  ...pair(
    "RolloutStuck",
    {
      when: "nothing has moved for 31 minutes",
      series: notReady("Rollout", "nodes"),
      at: 31,
      fires: [{ kind: "Rollout", namespace: "trade", resource: "nodes" }],
    },
    { when: "nodes roll", series: notReady("Rollout", "nodes"), at: 25 },
  ),
  ...pair(
    "ResourceNotReady",
    {
      when: "it waits for 16 minutes",
      series: notReady("Channel", "main"),
      at: 16,
      fires: [{ kind: "Channel", namespace: "trade", resource: "main" }],
    },
    { when: "it is a Rollout", series: notReady("Rollout", "nodes"), at: 20 },
  ),
  ...ethereumCases,
  ...jsonRpcCases,
  ...kafkaCases,
  ...kubernetesCases,
  ...serviceLevelCases,
];
