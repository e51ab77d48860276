/** Ports that pods listen on. */

/** Ports of a network's nodes inside the cluster; each Service is a ClusterIP, so they never clash. */
export const ports = {
  certificateAuthority: 7054,
  peer: 7051,
  orderer: 7050,
  ordererAdmin: 7053,
  chaincode: 7052,
  operations: 9443,
  couchdb: 5984,
  /** Of CouchDB, for its metrics alone; without TLS, which it has none for there. */
  couchdbMetrics: 17986,
  gateway: 8443,
  api: 8444,
  debugRelay: 8445,
  /** Of a studio's gate, for browsers; TLS ends there. */
  studioGate: 8446,
  /** Of a studio's session, for its gate alone; TLS with a key that both have. */
  studioLink: 8447,
  /** Of a studio's session, for its probes alone; nothing but "OK" is said there. */
  studioHealth: 8448,
} as const;

/** Port of the brokers of the platform's Kafka for networks; TLS with client certificates. */
export const kafkaPort = 9093;

/** Ports that only the servers of the platform's Kafka use; all but the two that a pod asks itself on have TLS on both sides. */
export const kafkaServerPorts = {
  /** Of a broker, for its own pod's probes. */
  brokerProbe: 9092,
  zooKeeper: 2182,
  zooKeeperQuorum: 2888,
  zooKeeperElection: 3888,
  /** Of a ZooKeeper, for its own pod's probes. */
  zooKeeperAdmin: 8080,
} as const;

/** Ports of the platform's monitoring; all have TLS, those of Alertmanagers on both sides. */
export const monitoringPorts = {
  prometheus: 9090,
  alertmanager: 9093,
  alertmanagerCluster: 9094,
  grafana: 3000,
} as const;

/**
 * Port on which gateways that pass TLS through can be seen to live, and show their metrics: they have no certificate. Gateways of
 * Fabric's networks have TLS for that.
 */
export const passThroughHealthPort = 8081;

/** Ports of kube-state-metrics: what it shows of the cluster, and of itself. */
export const kubeStatePorts = { metrics: 8080, telemetry: 8081 } as const;

/** Port of node-exporter, without TLS. */
export const nodeExporterPort = 9100;

/** Ports of the network controller. */
export const controllerPorts = { metrics: 8080, health: 8081 } as const;

/** Port of every node's kubelet, with TLS. */
export const kubeletPort = 10250;
