/** Alerts on what Kubernetes gives to nodes: volumes, and containers that run. */
import type { AlertGroup, AlertRule, Severity } from "./alertRule";

/** The namespaces that networks and the platform have, each with the network's name. Others have volumes and containers, too. */
const ofOurs = 'on (namespace) group_left (network) group by (namespace, network) (up{role!=""})';

// A cluster may have others that read kubelets.
const volume = (size: string): string => `kubelet_volume_stats_${size}_bytes{job="volumes"}`;
const starts = 'container_start_time_seconds{job="containers"}';

function volumeNearlyFull(severity: Severity, share: number): AlertRule {
  return {
    alert: "VolumeNearlyFull",
    expr: `${volume("available")} / ${volume("capacity")} * ${ofOurs} < ${share}`,
    for: "1m",
    severity,
    summary: "Volume {{ $labels.persistentvolumeclaim }} in namespace {{ $labels.namespace }} is nearly full",
    description:
      "{{ $value | humanizePercentage }} is left. A node whose volume is full stops, and may leave damaged files.",
  };
}

/** Job of kube-state-metrics. A cluster may have others, with other labels. */
export const kubeStateJob = "kube-state";

/** A state in which something waits for the cluster. */
const waiting = (series: string, matchers = ""): string =>
  `max by (namespace, network, pod, persistentvolumeclaim) (${series}{job="${kubeStateJob}"${matchers}} * ${ofOurs}) == 1`;

/** The rules. */
export const kubernetesAlerts: AlertGroup = {
  name: "kubernetes",
  rules: [
    volumeNearlyFull("warning", 0.15),
    volumeNearlyFull("critical", 0.05),
    {
      alert: "PodUnschedulable",
      expr: waiting("kube_pod_status_unschedulable"),
      for: "10m",
      severity: "warning",
      summary: "Pod {{ $labels.pod }} in namespace {{ $labels.namespace }} finds no place",
      description: "No machine of the cluster takes it. What it does is not done, or not by as many as it should be.",
    },
    {
      alert: "VolumeMissing",
      expr: waiting("kube_persistentvolumeclaim_status_phase", ',phase=~"Pending|Lost"'),
      for: "10m",
      severity: "warning",
      summary: "Volume {{ $labels.persistentvolumeclaim }} in namespace {{ $labels.namespace }} is not there",
      description: "Nobody provides it, or what was there is gone. Its node does not start.",
    },
    {
      alert: "ContainerCrashing",
      // Kubernetes waits up to five minutes before it starts one again.
      expr: `changes(${starts}[20m]) * ${ofOurs} >= 3`,
      // It is the cause of another alert, on what the container is for.
      severity: "info",
      summary:
        "Container {{ $labels.container }} of pod {{ $labels.pod }} in namespace {{ $labels.namespace }} ends again and again",
      description: "It has started {{ $value }} times in 20 minutes.",
    },
  ],
};
