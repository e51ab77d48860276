/** The configuration of ZooKeepers, and how a pod asks its own. */
import { kafkaServerPorts as ports } from "../../model/contracts/ports";
import type { KafkaServerPlan } from "../../model/platform/planKafka";
import type { IpFamilies } from "../../model/stackFile/clusterSchema";
import { anyAddress } from "../kubernetes/addressFamily";
import type { PemFiles } from "./pemFiles";
import { propertiesFile } from "./properties";

/** Arguments of {@link zooKeeperConfiguration}. */
export interface ZooKeeperSettings {
  server: KafkaServerPlan;
  /** All of them, this one too. */
  ensemble: readonly KafkaServerPlan[];
  dataDir: string;
  certificate: PemFiles;
  ipFamilies: IpFamilies;
}

/**
 * `zookeeper.properties` of one ZooKeeper: TLS with certificates on both sides for brokers and among ZooKeepers.
 *
 * Source of the keys: Apache ZooKeeper 3.8, Administrator's Guide.
 */
export function zooKeeperConfiguration({ server, ensemble, dataDir, certificate, ipFamilies }: ZooKeeperSettings) {
  const tls = (prefix: string) => ({
    [`${prefix}.clientAuth`]: "need",
    [`${prefix}.keyStore.type`]: "PEM",
    [`${prefix}.keyStore.location`]: certificate.keyStore,
    [`${prefix}.trustStore.type`]: "PEM",
    [`${prefix}.trustStore.location`]: certificate.trustStore,
    [`${prefix}.enabledProtocols`]: "TLSv1.3,TLSv1.2",
  });
  const servers = ensemble.map(({ number, host, name }) => [
    `server.${number}`,
    // Its own name leads to itself only when DNS has the pod, which may be after its start.
    `${name === server.name ? anyAddress(ipFamilies) : host}:${ports.zooKeeperQuorum}:${ports.zooKeeperElection}`,
  ]);
  return propertiesFile({
    dataDir,
    // In milliseconds. A broker that is silent for 6 s has lost its session.
    tickTime: 2000,
    initLimit: 15,
    syncLimit: 5,
    maxSessionTimeout: 60_000,
    secureClientPort: ports.zooKeeper,
    serverCnxnFactory: "org.apache.zookeeper.server.NettyServerCnxnFactory",
    "authProvider.x509": "org.apache.zookeeper.server.auth.X509AuthenticationProvider",
    ...tls("ssl"),
    sslQuorum: true,
    ...tls("ssl.quorum"),
    sslQuorumReloadCertFiles: true,
    "admin.serverAddress": "127.0.0.1",
    "admin.serverPort": ports.zooKeeperAdmin,
    "autopurge.snapRetainCount": 5,
    "autopurge.purgeInterval": 24,
    standaloneEnabled: false,
    ...Object.fromEntries(servers),
  });
}

/**
 * The script with which a pod asks its ZooKeeper, without starting Java: `bash FILE ruok` whether it lives, `bash FILE srvr` whether
 * it serves, which it does with a majority.
 */
export const zooKeeperProbe = `{ exec 3<>/dev/tcp/127.0.0.1/${ports.zooKeeperAdmin}; } 2>/dev/null || { echo "it does not listen yet"; exit 1; }
printf 'GET /commands/%s HTTP/1.0\\r\\n\\r\\n' "$1" >&3
grep -q '"error" : null' <&3
`;
