/** The configuration file of peers, section by section. */
import { dump } from "js-yaml";

import { compareVersions } from "../../fabric/src/config/capabilities";
import { mspDir, tlsFiles } from "../../model/contracts/enrolment";
import { operationsRootFile } from "../../model/contracts/platformCa";
import { ports } from "../../model/contracts/ports";
import { type NetworkPlan, type NodePlan, type OrganizationPlan } from "../../model/network/networkPlan";
import { anyAddress } from "../kubernetes/addressFamily";

/** Folder of the ledgers on the node's volume. */
const ledgerDir = "/var/hyperledger/production";

/**
 * `core.yaml` of a peer. A file of its own, because Fabric 2.5 cannot take an empty `vm.endpoint` from the environment,
 * and would look for Docker.
 *
 * Source of the keys: Hyperledger Fabric 2.5 and 3.1, sampleconfig/core.yaml. A version ignores the keys that it does not know,
 * and stops at a handler that it does not know.
 */
export function peerConfiguration(plan: NetworkPlan, organization: OrganizationPlan, node: NodePlan): string {
  return dump(
    {
      peer: peer(plan, organization, node),
      // No Docker anywhere: chaincode runs as a service.
      vm: { endpoint: "" },
      chaincode: { ...chaincode, executetimeout: callTimeout(plan) },
      ledger: ledger(organization),
      operations: operations(plan),
      metrics: { provider: "prometheus" },
    },
    { lineWidth: -1 },
  );
}

function peer(plan: NetworkPlan, organization: OrganizationPlan, node: NodePlan) {
  return {
    id: node.fqdn,
    networkId: plan.name,
    listenAddress: `${anyAddress(plan.ipFamilies)}:${ports.peer}`,
    address: node.address,
    // For chaincode that connects to the peer. Here peers connect to the chaincode, so this port stays closed.
    chaincodeListenAddress: `127.0.0.1:${ports.chaincode}`,
    chaincodeAddress: `127.0.0.1:${ports.chaincode}`,
    localMspId: organization.mspId,
    localMspType: "bccsp",
    mspConfigPath: mspDir,
    fileSystemPath: ledgerDir,
    BCCSP: { Default: "SW", SW: { Hash: "SHA2", Security: 256 } },
    tls: {
      enabled: true,
      clientAuthRequired: false,
      cert: { file: tlsFiles.certificate },
      key: { file: tlsFiles.key },
      rootcert: { file: tlsFiles.root },
      clientRootCAs: { files: [tlsFiles.root] },
    },
    gateway: { enabled: true, endorsementTimeout: callTimeout(plan), broadcastTimeout: "30s", dialTimeout: "30s" },
    gossip: node === organization.debugging?.peer ? gossipOfDebugPeer(organization, node) : gossip(organization, node),
    authentication: { timewindow: "15m" },
    client: { connTimeout: "3s" },
    deliveryclient: deliveryClient,
    keepalive,
    handlers: handlers(plan),
    discovery: {
      enabled: true,
      authCacheEnabled: true,
      authCacheMaxSize: 1000,
      authCachePurgeRetentionRatio: 0.75,
    },
    limits: { concurrency: { endorserService: 2500, deliverService: 2500, gatewayService: 500 } },
    maxRecvMsgSize: 104857600,
    maxSendMsgSize: 104857600,
  };
}

/** Every peer fetches blocks from the ordering service itself. State transfer between peers is off, as Fabric 2.5 advises. */
function gossip(organization: OrganizationPlan, node: NodePlan) {
  return {
    // All peers use the same bootstrap peer, so that adding a peer does not change and restart the others.
    bootstrap: organization.peers[0]!.address,
    endpoint: node.address,
    // For peers of other organizations, and for clients that use service discovery.
    externalEndpoint: node.endpoint,
    useLeaderElection: false,
    orgLeader: true,
    state: { enabled: false },
    maxBlockCountToStore: 10,
    maxPropagationBurstLatency: "10ms",
    maxPropagationBurstSize: 10,
    propagateIterations: 1,
    propagatePeerNum: 3,
    pullInterval: "4s",
    pullPeerNum: 3,
    requestStateInfoInterval: "4s",
    publishStateInfoInterval: "4s",
    publishCertPeriod: "10s",
    dialTimeout: "3s",
    connTimeout: "2s",
    recvBuffSize: 20,
    sendBuffSize: 200,
    digestWaitTime: "1s",
    requestWaitTime: "1500ms",
    responseWaitTime: "2s",
    aliveTimeInterval: "5s",
    aliveExpirationTimeout: "25s",
    // Short, so that peers find each other again soon after one has moved to another address.
    reconnectInterval: "5s",
    maxConnectionAttempts: 120,
    msgExpirationFactor: 20,
    pvtData: privateData,
  };
}

/** The debug peer reaches no other peer: it does not look for one, and not for private data that it lacks, for which a block would wait. */
function gossipOfDebugPeer(organization: OrganizationPlan, node: NodePlan) {
  return {
    ...gossip(organization, node),
    bootstrap: node.address,
    pvtData: { ...privateData, pullRetryThreshold: "0s", reconciliationEnabled: false },
  };
}

/**
 * How long chaincode may take for a call. Where chaincode is developed, somebody may look at it at a breakpoint. The client's own deadline
 * holds all the same.
 */
const callTimeout = ({ isForTesting }: NetworkPlan): string => (isForTesting ? "30m" : "30s");

/** How peers exchange the data of private data collections. */
const privateData = {
  pullRetryThreshold: "60s",
  transientstoreMaxBlockRetention: 20000,
  pushAckTimeout: "3s",
  btlPullMargin: 10,
  reconcileBatchSize: 10,
  reconcileSleepInterval: "1m",
  reconciliationEnabled: true,
  implicitCollectionDisseminationPolicy: { requiredPeerCount: 0, maxPeerCount: 1 },
};

/** How a peer fetches blocks from the ordering service. */
const deliveryClient = {
  blockGossipEnabled: false,
  reconnectTotalTimeThreshold: "3600s",
  connTimeout: "3s",
  // The peer finds an orderer again within this time after the orderer is back.
  reConnectBackoffThreshold: "10s",
};

const keepalive = {
  interval: "60s",
  timeout: "20s",
  minInterval: "30s",
  client: { interval: "60s", timeout: "20s" },
  deliveryClient: { interval: "60s", timeout: "20s" },
};

function handlers({ fabricVersion }: NetworkPlan) {
  // Refuses proposals that are older than the time window of `authentication`.
  const timeWindow = compareVersions(fabricVersion, "3.0") < 0 ? [] : [{ name: "TimeWindowCheck" }];
  return {
    authFilters: [{ name: "DefaultAuth" }, { name: "ExpirationCheck" }, ...timeWindow],
    decorators: [{ name: "DefaultDecorator" }],
    endorsers: { escc: { name: "DefaultEndorsement" } },
    validators: { vscc: { name: "DefaultValidation" } },
  };
}

const chaincode = {
  mode: "net",
  installTimeout: "300s",
  startuptimeout: "30s",
  // Node chaincode (fabric-shim 2.5) exits when it receives Fabric's own keep-alive message; gRPC's keep-alive is enough.
  keepalive: 0,
  externalBuilders: [
    {
      name: "ccaas_builder",
      path: "/opt/hyperledger/ccaas_builder",
      propagateEnvironment: ["CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG"],
    },
  ],
  system: { _lifecycle: "enable", cscc: "enable", lscc: "enable", qscc: "enable" },
  logging: { level: "info", shim: "warning" },
  runtimeParams: {
    useWriteBatch: true,
    maxSizeWriteBatch: 1000,
    useGetMultipleKeys: true,
    maxSizeGetMultipleKeys: 1000,
  },
};

function ledger({ stateDatabase }: OrganizationPlan) {
  return {
    state: {
      stateDatabase: stateDatabase === "couchdb" ? "CouchDB" : "goleveldb",
      totalQueryLimit: 100000,
      ...(stateDatabase === "couchdb" ? { couchDBConfig } : {}),
    },
    history: { enableHistoryDatabase: true },
    pvtdataStore: {
      collElgProcMaxDbBatchSize: 5000,
      collElgProcDbBatchesInterval: 1000,
      deprioritizedDataReconcilerInterval: "60m",
      purgeInterval: 100,
      purgedKeyAuditLogging: true,
    },
    snapshots: { rootDir: `${ledgerDir}/snapshots` },
  };
}

// User name and password come from environment variables, which a Secret fills.
const couchDBConfig = {
  couchDBAddress: `127.0.0.1:${ports.couchdb}`,
  maxRetries: 3,
  maxRetriesOnStartup: 20,
  requestTimeout: "35s",
  internalQueryLimit: 1000,
  maxBatchUpdateSize: 1000,
  createGlobalChangesDB: false,
  cacheSize: 64,
};

function operations({ ipFamilies }: NetworkPlan) {
  return {
    listenAddress: `${anyAddress(ipFamilies)}:${ports.operations}`,
    // Probes need no client certificate; /metrics requires one that one of these roots has signed.
    tls: {
      enabled: true,
      cert: { file: tlsFiles.certificate },
      key: { file: tlsFiles.key },
      clientAuthRequired: false,
      clientRootCAs: { files: [tlsFiles.root, operationsRootFile] },
    },
  };
}
