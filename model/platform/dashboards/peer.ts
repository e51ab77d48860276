/** The dashboard of peers. */
import { type Dashboard, lines, networkVariable, ofNetwork, rateBy, slowestOf } from "./dashboard";

const ofPeer = `${ofNetwork},role="peer",node=~"$node"`;

const ofCouchdb = `${ofNetwork},role="couchdb",node=~"$node"`;

export const peerDashboard: Dashboard = {
  name: "peer",
  title: "Peers",
  description: "What peers are asked, how quickly they answer, and how quickly they write.",
  variables: [networkVariable, { name: "node", series: `up{${ofNetwork},role="peer"}`, several: true }],
  rows: [
    {
      title: "Clients",
      panels: [
        lines(
          "Calls",
          "calls per second",
          {
            expr: rateBy(
              "node, method, code",
              "grpc_server_unary_requests_completed",
              `${ofPeer},service="gateway_Gateway"`,
            ),
            legend: "{{node}} {{method}} {{code}}",
          },
          "Calls to the peers' gateway by method and code.",
        ),
        lines(
          "Time of a call",
          "seconds",
          {
            expr: slowestOf(
              "grpc_server_unary_request_duration",
              "node, method",
              `${ofPeer},service="gateway_Gateway"`,
            ),
            legend: "{{node}} {{method}}",
          },
          "99 of 100 calls take less. CommitStatus waits until the transaction is committed.",
        ),
        lines(
          "Proposals",
          "calls per second",
          {
            expr: rateBy("node, success", "endorser_proposal_duration_count", ofPeer),
            legend: "{{node}} success {{success}}",
          },
          "Proposals that peers were asked to endorse.",
        ),
        lines(
          "Open streams",
          "none",
          {
            expr: `deliver_streams_opened{${ofPeer}} - deliver_streams_closed{${ofPeer}}`,
            legend: "{{node}}",
          },
          "Clients that listen to blocks and events.",
        ),
      ],
    },
    {
      title: "Ledger",
      panels: [
        lines(
          "Blocks",
          "blocks",
          { expr: `ledger_blockchain_height{${ofPeer}}`, legend: "{{node}} {{channel}}" },
          "Blocks of each channel.",
        ),
        lines(
          "Time to write the state",
          "seconds",
          { expr: slowestOf("ledger_statedb_commit_time", "node, channel", ofPeer), legend: "{{node}} {{channel}}" },
          "99 of 100 blocks take the state database less. More than 2 seconds for 10 minutes are an alert.",
          { badFrom: 2 },
        ),
        lines(
          "Time to write the block",
          "seconds",
          {
            expr: slowestOf("ledger_blockstorage_and_pvtdata_commit_time", "node, channel", ofPeer),
            legend: "{{node}} {{channel}}",
          },
          "99 of 100 blocks take the volume less.",
        ),
        lines(
          "Blocks that wait",
          "blocks",
          { expr: `gossip_payload_buffer_size{${ofPeer}}`, legend: "{{node}} {{channel}}" },
          "Blocks that a peer has, and has not written yet.",
        ),
      ],
    },
    {
      title: "CouchDB, where peers have it",
      panels: [
        lines(
          "Answers of CouchDB",
          "calls per second",
          {
            expr: rateBy("node, code", "couchdb_httpd_status_codes", ofCouchdb),
            legend: "{{node}} {{code}}",
          },
          "By their codes. 404 is usual: the peer asks for keys that are not there yet. 5xx are CouchDB's own failures.",
        ),
        lines(
          "Open files of CouchDB",
          "none",
          { expr: `couchdb_open_os_files{${ofCouchdb}}`, legend: "{{node}}" },
          "Each channel has a database for each chaincode, each of which has several files.",
        ),
      ],
    },
  ],
};
