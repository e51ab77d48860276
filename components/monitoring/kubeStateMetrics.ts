/** kube-state-metrics of a platform, which shows what Kubernetes says of pods, volumes and workloads. It lists no Secrets. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { labels } from "../../model/contracts/labels";
import { kubeStateMetricsName as name } from "../../model/contracts/monitoring";
import { kubeStatePorts } from "../../model/contracts/ports";
import { allowFrom, allowToKubernetesApi, pods } from "../kubernetes/networkAccess";
import { networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { serverProbes } from "../kubernetes/probes";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { resourcesOf } from "../kubernetes/sizes";
import { apiTokenMount, apiTokenVolume } from "../kubernetes/volumes";
import type { MonitoringContext } from "./monitoringServer";

/** Arguments of {@link kubeStateMetrics}. */
export interface KubeStateMetricsArgs extends Pick<MonitoringContext, "surroundings" | "size"> {
  image: string;
}

/** What it lists and watches, by API groups. */
const listed: Record<string, readonly string[]> = {
  "": ["pods", "persistentvolumeclaims"],
  apps: ["deployments", "statefulsets"],
  batch: ["jobs"],
};

/** What is kept of its metrics: what rules and dashboards use, and what people look at first. */
const shown = [
  "kube_pod_status_(phase|ready|unschedulable)",
  "kube_pod_container_status_(waiting_reason|restarts_total|last_terminated_reason)",
  "kube_persistentvolumeclaim_status_phase",
  "kube_(deployment|statefulset)_status_replicas.*",
  "kube_job_status_failed",
];

/** Creates its objects. It keeps nothing, so that it needs no Rollout. */
export function kubeStateMetrics(args: KubeStateMetricsArgs, opts: pulumi.CustomResourceOptions): void {
  const { surroundings, size, image } = args;
  const { namespace, pods: settings } = surroundings;
  const own = labels({ role: "kube-state-metrics" });
  const metadata = { name, namespace, labels: own };
  const account = serviceAccount(name, metadata, opts);
  const traffic = {
    ingress: [allowFrom(pods({ role: "prometheus" }), kubeStatePorts.metrics)],
    egress: [allowToKubernetesApi],
  };
  const policy = networkPolicy(name, metadata, traffic, opts);
  const binding = allowToList(namespace, account, opts);
  new k8s.apps.v1.Deployment(
    name,
    {
      metadata: workloadMetadata(metadata, settings, "kubeStateMetrics"),
      spec: {
        replicas: 1,
        selector: { matchLabels: own },
        template: podTemplate({
          pods: settings,
          role: "kubeStateMetrics",
          account: name,
          labels: own,
          spreadOver: own,
          canMove: true,
          spec: { containers: [container(image, size)], volumes: [apiTokenVolume] },
        }),
      },
    },
    { ...opts, dependsOn: [account, policy, binding] },
  );
}

function allowToList(
  namespace: pulumi.Input<string>,
  account: k8s.core.v1.ServiceAccount,
  opts: pulumi.CustomResourceOptions,
): k8s.rbac.v1.ClusterRoleBinding {
  const metadata = { name, labels: labels({ role: "kube-state-metrics" }) };
  const rules = Object.entries(listed).map(([group, resources]) => ({
    apiGroups: [group],
    resources: [...resources],
    verbs: ["list", "watch"],
  }));
  const role = new k8s.rbac.v1.ClusterRole(name, { metadata, rules }, opts);
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  return new k8s.rbac.v1.ClusterRoleBinding(
    name,
    { metadata, roleRef, subjects },
    { ...opts, dependsOn: [role, account] },
  );
}

function container(image: string, size: MonitoringContext["size"]): k8sInput.core.v1.Container {
  const answer = (path: string, port: number) => ({ httpGet: { path, port } });
  return {
    name,
    image,
    args: [
      `--resources=${Object.values(listed).flat().sort().join(",")}`,
      `--metric-allowlist=${shown.join(",")}`,
      `--port=${kubeStatePorts.metrics}`,
      `--telemetry-port=${kubeStatePorts.telemetry}`,
    ],
    ports: [{ name: "metrics", containerPort: kubeStatePorts.metrics }],
    volumeMounts: [apiTokenMount],
    ...serverProbes({
      healthy: answer("/readyz", kubeStatePorts.telemetry),
      alive: answer("/livez", kubeStatePorts.metrics),
      startSeconds: 60,
    }),
    resources: resourcesOf(size, "kubeStateMetrics"),
    ...containerDefaults,
  };
}
