/** Cases of the alerts on what Kubernetes gives to nodes, and on the API server. */
import { type AlertCase, type Series, target } from "./alertCase";

const peer = target("peer", "peer0-org1");
const there: Series = { [`up{${peer}}`]: "1x60" };
const claim = 'job="volumes",namespace="trade",persistentvolumeclaim="data-peer0-org1-0"';
const claimLabels = {
  job: "volumes",
  network: "trade",
  namespace: "trade",
  persistentvolumeclaim: "data-peer0-org1-0",
};
const volume = (available: string, of = claim): Series => ({
  [`kubelet_volume_stats_available_bytes{${of}}`]: available,
  [`kubelet_volume_stats_capacity_bytes{${of}}`]: "100x60",
});
const container = { job: "containers", namespace: "trade", pod: "asset-transfer-1", container: "chaincode" };
const starts = (values: string): Series => ({
  'container_start_time_seconds{job="containers",namespace="trade",pod="asset-transfer-1",container="chaincode"}':
    values,
});
const ofState = 'job="kube-state",namespace="trade"';
const phases = (pending: string, bound: string): Series => ({
  [`kube_persistentvolumeclaim_status_phase{${ofState},persistentvolumeclaim="data-peer1-org1-0",phase="Pending"}`]:
    pending,
  [`kube_persistentvolumeclaim_status_phase{${ofState},persistentvolumeclaim="data-peer1-org1-0",phase="Bound"}`]:
    bound,
});
const api = target("api", "api-0");
const answers = (failed: string): Series => ({
  [`api_request_duration_seconds_count{${api},route="submit",status="200"}`]: "0+60x30",
  [`api_request_duration_seconds_count{${api},route="submit",status="503"}`]: failed,
});

export const kubernetesCases: AlertCase[] = [
  {
    alert: "VolumeNearlyFull",
    when: "little is left",
    series: { ...there, ...volume("20-1x15 5x40") },
    at: 10,
    fires: [{ ...claimLabels, severity: "warning" }],
  },
  {
    alert: "VolumeNearlyFull",
    when: "next to nothing is left, though no node shows metrics any more",
    series: { [`up{${peer}}`]: "1 0x60", ...volume("4x60") },
    at: 10,
    fires: ["warning", "critical"].map((severity) => ({ ...claimLabels, severity })),
  },
  { alert: "VolumeNearlyFull", when: "there is room", series: { ...there, ...volume("20x60") }, at: 10, fires: [] },
  {
    alert: "VolumeNearlyFull",
    when: "it is a volume of others",
    series: { ...there, ...volume("1x60", 'job="volumes",namespace="shop",persistentvolumeclaim="data"') },
    at: 10,
    fires: [],
  },
  {
    alert: "PodUnschedulable",
    when: "it waits for a machine",
    series: { ...there, [`kube_pod_status_unschedulable{${ofState},pod="peer1-org1-0"}`]: "1x60" },
    at: 12,
    fires: [{ network: "trade", namespace: "trade", pod: "peer1-org1-0" }],
  },
  {
    alert: "PodUnschedulable",
    when: "it finds one after a while, and another is of others",
    series: {
      ...there,
      [`kube_pod_status_unschedulable{${ofState},pod="peer1-org1-0"}`]: "1x5 0x60",
      'kube_pod_status_unschedulable{job="kube-state",namespace="shop",pod="web-0"}': "1x60",
    },
    at: 12,
    fires: [],
  },
  {
    alert: "VolumeMissing",
    when: "nobody provides it",
    series: { ...there, ...phases("1x60", "0x60") },
    at: 12,
    fires: [{ network: "trade", namespace: "trade", persistentvolumeclaim: "data-peer1-org1-0" }],
  },
  {
    alert: "VolumeMissing",
    when: "it is there",
    series: { ...there, ...phases("0x60", "1x60") },
    at: 12,
    fires: [],
  },
  {
    alert: "ContainerCrashing",
    when: "it starts again and again",
    series: { ...there, ...starts("100 200 300 _ 400x20") },
    at: 8,
    fires: [{ ...container, network: "trade" }],
  },
  {
    alert: "ContainerCrashing",
    when: "it is rolled, and rolled back",
    series: { ...there, ...starts("100x5 200x5 300x30") },
    at: 14,
    fires: [],
  },
  {
    alert: "ApiDown",
    when: "it stays away",
    series: { [`up{${api}}`]: "1 0x20" },
    at: 4,
    fires: [{ network: "trade" }],
  },
  { alert: "ApiDown", when: "it restarts", series: { [`up{${api}}`]: "1 0 1x20" }, at: 4, fires: [] },
  {
    alert: "ApiFailing",
    when: "many calls fail",
    series: answers("0+6x30"),
    at: 15,
    fires: [{ network: "trade" }],
  },
  { alert: "ApiFailing", when: "few calls fail", series: answers("0+2x30"), at: 15, fires: [] },
];
