/** How much CPU, memory and scratch space each container gets, by size profile. */
import type { Size } from "../../model/stackFile/schema";

/** Containers that have resources in a size profile. */
export type SizedContainer =
  | "certificateAuthority"
  | "peer"
  | "orderer"
  | "couchdb"
  | "chaincode"
  | "controller"
  | "init"
  | "smokeTest"
  | "gateway"
  | "gatewayKeeper"
  | "debugRelay"
  | "studioGate"
  | "api"
  | "ethereumNode"
  | "jsonRpc"
  | "kafka"
  | "zookeeper"
  | "prometheus"
  | "alertmanager"
  | "grafana"
  | "kubeStateMetrics"
  | "nodeExporter";

/** Requests and limits of one container. */
export interface ContainerResources {
  requests: Amounts;
  limits: Amounts;
}

type Amounts = Record<"cpu" | "memory" | "ephemeral-storage", string>;

// Logs and scratch folders; root file systems are read-only, ledgers are on volumes. The kubelet keeps 50 MiB of a container's log
// by default, and some clusters ten times as much. A pod that exceeds its limits is evicted.
const scratch = { request: "64Mi", limit: "1Gi" };

const resources = (cpu: string, memory: string, cpuLimit: string, memoryLimit: string): ContainerResources => ({
  requests: { cpu, memory, "ephemeral-storage": scratch.request },
  limits: { cpu: cpuLimit, memory: memoryLimit, "ephemeral-storage": scratch.limit },
});

// Small: an idle peer takes about 75 MiB, an orderer 40, a CA 35, a Node chaincode 65; under load a peer takes 165. A broker and a
// ZooKeeper take what components/kafka/java.ts gives them, and about 100 MiB more; Kafka reads logs through the page cache. Prometheus took 117 MiB
// for 61 targets, and an Alertmanager 36. Grafana and kube-state-metrics were not measured.
const profiles: Record<Size, Record<SizedContainer, ContainerResources>> = {
  small: {
    certificateAuthority: resources("10m", "48Mi", "1", "256Mi"),
    peer: resources("50m", "128Mi", "2", "1Gi"),
    orderer: resources("50m", "64Mi", "2", "512Mi"),
    couchdb: resources("50m", "128Mi", "1", "512Mi"),
    chaincode: resources("20m", "96Mi", "1", "256Mi"),
    controller: resources("20m", "128Mi", "1", "256Mi"),
    init: resources("10m", "64Mi", "1", "192Mi"),
    smokeTest: resources("10m", "96Mi", "1", "192Mi"),
    gateway: resources("50m", "48Mi", "1", "256Mi"),
    gatewayKeeper: resources("5m", "64Mi", "500m", "192Mi"),
    debugRelay: resources("5m", "64Mi", "500m", "192Mi"),
    studioGate: resources("5m", "64Mi", "500m", "192Mi"),
    api: resources("200m", "128Mi", "2", "512Mi"),
    ethereumNode: resources("50m", "256Mi", "2", "1Gi"),
    jsonRpc: resources("20m", "96Mi", "1", "384Mi"),
    kafka: resources("50m", "256Mi", "2", "512Mi"),
    zookeeper: resources("20m", "160Mi", "1", "256Mi"),
    prometheus: resources("50m", "128Mi", "1", "512Mi"),
    alertmanager: resources("10m", "48Mi", "500m", "128Mi"),
    grafana: resources("20m", "128Mi", "1", "512Mi"),
    kubeStateMetrics: resources("10m", "64Mi", "500m", "256Mi"),
    nodeExporter: resources("10m", "24Mi", "500m", "96Mi"),
  },
  medium: {
    certificateAuthority: resources("100m", "128Mi", "1", "512Mi"),
    peer: resources("500m", "1Gi", "4", "4Gi"),
    orderer: resources("250m", "512Mi", "2", "2Gi"),
    couchdb: resources("250m", "512Mi", "2", "2Gi"),
    chaincode: resources("100m", "128Mi", "1", "512Mi"),
    controller: resources("50m", "128Mi", "1", "256Mi"),
    init: resources("10m", "64Mi", "1", "192Mi"),
    smokeTest: resources("10m", "96Mi", "1", "192Mi"),
    gateway: resources("250m", "128Mi", "2", "512Mi"),
    gatewayKeeper: resources("10m", "64Mi", "500m", "192Mi"),
    debugRelay: resources("10m", "64Mi", "500m", "192Mi"),
    studioGate: resources("10m", "64Mi", "500m", "192Mi"),
    api: resources("250m", "256Mi", "2", "1Gi"),
    ethereumNode: resources("500m", "2Gi", "4", "4Gi"),
    jsonRpc: resources("250m", "256Mi", "2", "1Gi"),
    kafka: resources("500m", "2Gi", "4", "4Gi"),
    zookeeper: resources("100m", "768Mi", "1", "1Gi"),
    prometheus: resources("250m", "512Mi", "2", "2Gi"),
    alertmanager: resources("20m", "64Mi", "500m", "256Mi"),
    grafana: resources("100m", "256Mi", "1", "1Gi"),
    kubeStateMetrics: resources("20m", "128Mi", "500m", "512Mi"),
    nodeExporter: resources("20m", "32Mi", "500m", "128Mi"),
  },
};

/** Requests and limits of a container in a size profile. */
export function resourcesOf(size: Size, container: SizedContainer): ContainerResources {
  return profiles[size][container];
}
