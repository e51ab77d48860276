/** The configuration file of orderers. */
import { dump } from "js-yaml";

import { mspDir, tlsFiles } from "../../model/contracts/enrolment";
import { operationsRootFile } from "../../model/contracts/platformCa";
import { ports } from "../../model/contracts/ports";
import type { IpFamilies } from "../../model/stackFile/clusterSchema";
import { anyAddress } from "../kubernetes/addressFamily";

/** Folder of blocks, write-ahead log and snapshots on the node's volume. */
const ordererDir = "/var/hyperledger/production/orderer";

/**
 * `orderer.yaml` of an orderer. It starts without any channel; channels are joined through the participation API.
 *
 * Source of the keys: Hyperledger Fabric 2.5 and 3.1, sampleconfig/orderer.yaml. An orderer stops at a key that its version does
 * not know, so only keys of all supported versions are here.
 */
export function ordererConfiguration(mspId: string, ipFamilies: IpFamilies): string {
  const host = anyAddress(ipFamilies);
  const server = { Enabled: true, Certificate: tlsFiles.certificate, PrivateKey: tlsFiles.key };
  return dump(
    {
      General: {
        ListenAddress: host,
        ListenPort: ports.orderer,
        LocalMSPDir: mspDir,
        LocalMSPID: mspId,
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
        BootstrapMethod: "none",
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
    },
    { lineWidth: -1 },
  );
}
