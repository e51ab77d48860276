/** The Prometheus of a platform: its container, what it may read of Kubernetes, and its allowed traffic. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { ethereumPorts } from "../../model/contracts/ethereum";
import { jsonRpcPorts } from "../../model/contracts/jsonRpc";
import { labels } from "../../model/contracts/labels";
import {
  metricsRootsDir,
  metricsRootsName,
  monitoringConfigurationDir,
  nodeExporterNamespace,
  prometheusName as name,
} from "../../model/contracts/monitoring";
import {
  controllerPorts,
  kubeStatePorts,
  monitoringPorts,
  nodeExporterPort,
  passThroughHealthPort,
  ports,
} from "../../model/contracts/ports";
import type { RolloutNode } from "../../model/customResources/rollout";
import { type MonitoringPlan, retainedMebibytes } from "../../model/platform/planMonitoring";
import {
  allowFrom,
  allowTo,
  allowToKubelets,
  allowToKubernetesApi,
  pods,
  podsIn,
  podsOfAnyNetwork,
} from "../kubernetes/networkAccess";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { serverProbes } from "../kubernetes/probes";
import { apiTokenMount, apiTokenVolume } from "../kubernetes/volumes";
import { dataDir, type MonitoringContext, monitoringServer } from "./monitoringServer";
import { prometheusConfiguration, prometheusFiles as files } from "./prometheusConfiguration";

/** Arguments of {@link prometheus}. */
export interface PrometheusArgs extends MonitoringContext {
  plan: MonitoringPlan;
  image: string;
  /** Name of the environment. */
  environment: string;
  /** How long certificates of nodes live, in seconds. */
  certificateLife: number;
}

/** Creates the objects of Prometheus, and returns it as the platform's Rollout names it. */
export function prometheus(args: PrometheusArgs, opts: pulumi.CustomResourceOptions): RolloutNode {
  const { plan, surroundings } = args;
  const { namespace } = surroundings;
  const file = (of: keyof typeof files): string => `${monitoringConfigurationDir}/${files[of]}`;
  const answer = (path: string) => ({
    httpGet: { path, port: monitoringPorts.prometheus, scheme: "HTTPS" },
  });
  const rootsVolume = { name: metricsRootsName, configMap: { name: metricsRootsName } };
  const { account, rolled } = monitoringServer(
    {
      ...args,
      ...allowedTraffic(plan, namespace),
      node: plan.prometheus,
      role: "prometheus",
      ports: { https: monitoringPorts.prometheus },
      configuration: prometheusConfiguration({ ...args, namespace }),
      command: [
        "/bin/prometheus",
        `--config.file=${file("configuration")}`,
        `--web.config.file=${file("web")}`,
        `--web.listen-address=:${monitoringPorts.prometheus}`,
        `--storage.tsdb.path=${dataDir("prometheus")}`,
        `--storage.tsdb.retention.time=${plan.config.retention}`,
        `--storage.tsdb.retention.size=${retainedMebibytes(plan.config)}MB`,
      ],
      // It first reads what it had not compacted.
      probes: serverProbes({ healthy: answer("/-/ready"), alive: answer("/-/healthy"), startSeconds: 600 }),
      mounts: [
        { volume: rootsVolume, mount: { name: metricsRootsName, mountPath: metricsRootsDir, readOnly: true } },
        { volume: apiTokenVolume, mount: apiTokenMount },
      ],
    },
    opts,
  );
  allowToDiscover(namespace, account, opts);
  return rolled;
}

/**
 * Lets it see the Services and pods of all networks, those that come later too, and the metrics of kubelets. It sees no Secrets and no
 * ConfigMaps, and `nodes/metrics` lets nobody into containers, as `nodes/proxy` would.
 */
function allowToDiscover(
  namespace: string,
  account: k8s.core.v1.ServiceAccount,
  opts: pulumi.CustomResourceOptions,
): void {
  const metadata = { name, labels: labels({ role: "prometheus" }) };
  const role = new k8s.rbac.v1.ClusterRole(
    name,
    {
      metadata,
      rules: [
        { apiGroups: [""], resources: ["services", "pods", "nodes"], verbs: ["list", "watch"] },
        { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
      ],
    },
    opts,
  );
  new k8s.rbac.v1.ClusterRoleBinding(
    name,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
    { ...opts, dependsOn: [role, account] },
  );
}

/** Nobody reaches it over the network but Grafana. */
const allowedTraffic = ({ config, grafana }: MonitoringPlan, namespace: string): AllowedTraffic => ({
  ingress: grafana === undefined ? [] : [allowFrom(pods({ role: "grafana" }), monitoringPorts.prometheus)],
  egress: [
    allowToKubernetesApi,
    allowToKubelets,
    allowTo(pods({ role: "alertmanager" }), monitoringPorts.alertmanager),
    allowTo(pods({ role: "controller" }), controllerPorts.metrics),
    allowTo(podsOfAnyNetwork({ role: "peer" }), ports.couchdbMetrics),
    ...(config.kubeStateMetrics ? [allowTo(pods({ role: "kube-state-metrics" }), kubeStatePorts.metrics)] : []),
    ...(config.nodeExporter
      ? [allowTo(podsIn(nodeExporterNamespace(namespace), { role: "node-exporter" }), nodeExporterPort)]
      : []),
    ...(grafana?.gateway === undefined ? [] : [allowTo(pods({ role: "gateway" }), passThroughHealthPort)]),
    allowTo(
      [
        ...pods({ role: "certificate-authority" }),
        ...(["certificate-authority", "orderer", "peer", "gateway", "api"] as const).flatMap((role) =>
          podsOfAnyNetwork({ role }),
        ),
      ],
      ports.operations,
    ),
    allowTo(
      (["validator", "bootnode", "rpc-node"] as const).flatMap((role) => podsOfAnyNetwork({ role })),
      ethereumPorts.metrics,
    ),
    allowTo(podsOfAnyNetwork({ role: "gateway" }), passThroughHealthPort),
    allowTo(podsOfAnyNetwork({ role: "json-rpc" }), jsonRpcPorts.metrics),
  ],
});
