/** The configuration file of orderers. */
import { dump } from "js-yaml";

import { mspDir, tlsFiles } from "../../model/contracts/enrolment";
import { kafkaFiles, topicReplicas } from "../../model/contracts/kafka";
import { genesisBlockKey } from "../../model/contracts/names";
import { operationsRootFile } from "../../model/contracts/platformCa";
import { ports } from "../../model/contracts/ports";
import type { KafkaPlan, NetworkPlan } from "../../model/network/networkPlan";
import { anyAddress } from "../kubernetes/addressFamily";

/** Folder of blocks, write-ahead log and snapshots on the node's volume. */
const ordererDir = "/var/hyperledger/production/orderer";

/** Folder of the ConfigMap with the genesis block of the system channel. */
export const genesisDir = "/etc/baas/genesis";

/** Folder of the ConfigMap with the orderer's configuration. */
export const configurationDir = "/etc/baas/orderer";

/** File of the CAs of a Kafka that the platform does not run, beside the configuration. */
export const kafkaRootsFile = "kafka-roots.pem";

/**
 * `orderer.yaml` of an orderer. With Raft it starts without any channel; channels are joined through the participation API. On Kafka it
 * starts with the system channel, and the participation API only tells of channels.
 *
 * Source of the keys: Hyperledger Fabric 2.5 and 3.1, sampleconfig/orderer.yaml. An orderer stops at a key that its version does
 * not know, so only keys of all supported versions are here.
 */
export function ordererConfiguration({ ordering, ipFamilies }: Pick<NetworkPlan, "ordering" | "ipFamilies">): string {
  const { organization, kafka } = ordering;
  const host = anyAddress(ipFamilies);
  const server = { Enabled: true, Certificate: tlsFiles.certificate, PrivateKey: tlsFiles.key };
  return dump(
    {
      General: {
        ListenAddress: host,
        ListenPort: ports.orderer,
        LocalMSPDir: mspDir,
        LocalMSPID: organization.mspId,
        BCCSP: { Default: "SW", SW: { Hash: "SHA2", Security: 256 } },
        TLS: { ...server, RootCAs: [tlsFiles.root], ClientAuthRequired: false, ClientRootCAs: [tlsFiles.root] },
        // Consenters use the same port. They authenticate with their TLS certificates, which the channel lists.
        Cluster: {
          SendBufferSize: 100,
          ClientCertificate: tlsFiles.certificate,
          ClientPrivateKey: tlsFiles.key,
          RootCAs: [tlsFiles.root],
        },
        Keepalive: { ServerMinInterval: "30s", ServerInterval: "60s", ServerTimeout: "20s" },
        MaxRecvMsgSize: 104857600,
        MaxSendMsgSize: 104857600,
        ...(kafka === undefined
          ? { BootstrapMethod: "none" }
          : { BootstrapMethod: "file", BootstrapFile: `${genesisDir}/${genesisBlockKey}` }),
        Authentication: { TimeWindow: "15m" },
      },
      FileLedger: { Location: ordererDir },
      // Fabric needs the two in different folders.
      Consensus: { WALDir: `${ordererDir}/etcdraft/wal`, SnapDir: `${ordererDir}/etcdraft/snapshot` },
      ChannelParticipation: { Enabled: true, MaxRequestBodySize: "1 MB" },
      Admin: {
        ListenAddress: `${host}:${ports.ordererAdmin}`,
        TLS: { ...server, ClientAuthRequired: true, ClientRootCAs: [tlsFiles.root] },
      },
      Operations: {
        ListenAddress: `${host}:${ports.operations}`,
        // Probes need no client certificate; /metrics requires one that one of these roots has signed.
        TLS: { ...server, ClientAuthRequired: false, ClientRootCAs: [tlsFiles.root, operationsRootFile] },
      },
      Metrics: { Provider: "prometheus" },
      ...(kafka && { Kafka: kafkaConfiguration(kafka) }),
    },
    { lineWidth: -1 },
  );
}

/**
 * How an orderer speaks to Kafka. It tries again every second, and never gives up: without Kafka there is nothing else to do for it.
 * User and password of a Kafka that the platform does not run come from the environment.
 */
function kafkaConfiguration({ external }: KafkaPlan) {
  // Fabric does not start without a certificate. A broker that asks for user and password does not look at it.
  const own = external === undefined ? kafkaFiles : tlsFiles;
  return {
    Retry: {
      ShortInterval: "1s",
      ShortTotal: "10m",
      LongInterval: "10s",
      LongTotal: "87600h",
      NetworkTimeouts: { DialTimeout: "10s", ReadTimeout: "10s", WriteTimeout: "10s" },
      Metadata: { RetryBackoff: "250ms", RetryMax: 3 },
      Producer: { RetryBackoff: "100ms", RetryMax: 3 },
      Consumer: { RetryBackoff: "2s" },
    },
    Topic: { ReplicationFactor: topicReplicas },
    Verbose: false,
    TLS: {
      Enabled: true,
      Certificate: { File: own.certificate },
      PrivateKey: { File: own.key },
      RootCAs: { File: external === undefined ? kafkaFiles.root : `${configurationDir}/${kafkaRootsFile}` },
    },
    SASLPlain: { Enabled: external !== undefined, User: "", Password: "" },
  };
}
