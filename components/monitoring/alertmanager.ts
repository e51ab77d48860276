/** An Alertmanager of a platform: its container, and its allowed traffic. */
import { createHash } from "node:crypto";

import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { monitoringConfigurationDir, receiverSecretsDir } from "../../model/contracts/monitoring";
import { monitoringPorts } from "../../model/contracts/ports";
import type { RolloutNode } from "../../model/customResources/rollout";
import type { NodePlan } from "../../model/network/networkPlan";
import { receiverPorts, receiverSecrets } from "../../model/platform/alertRouting";
import type { MonitoringPlan } from "../../model/platform/planMonitoring";
import { allowFrom, allowTo, allowToOutside, pods } from "../kubernetes/networkAccess";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { alertmanagerConfiguration, alertmanagerFiles as files } from "./alertmanagerConfiguration";
import { dataDir, type MonitoringContext, monitoringServer } from "./monitoringServer";

/** Arguments of {@link alertmanager}. */
export interface AlertmanagerArgs extends MonitoringContext {
  plan: MonitoringPlan;
  node: NodePlan;
  image: string;
}

const file = (name: string): string => `${monitoringConfigurationDir}/${name}`;

/** Creates the objects of an Alertmanager, and returns it as the platform's Rollout names it. */
export function alertmanager(args: AlertmanagerArgs, opts: pulumi.CustomResourceOptions): RolloutNode {
  const { plan } = args;
  const { alertmanager: web, alertmanagerCluster: cluster } = monitoringPorts;
  const { rolled } = monitoringServer(
    {
      ...args,
      ...allowedTraffic(plan),
      role: "alertmanager",
      ports: { https: web, cluster },
      configuration: alertmanagerConfiguration(plan.config),
      command: [
        "/bin/alertmanager",
        `--config.file=${file(files.configuration)}`,
        `--storage.path=${dataDir("alertmanager")}`,
        `--web.config.file=${file(files.web)}`,
        `--web.listen-address=:${web}`,
        // With TLS, it takes no address that stands for all.
        `--cluster.listen-address=[$(POD_IP)]:${cluster}`,
        `--cluster.advertise-address=[$(POD_IP)]:${cluster}`,
        `--cluster.tls-config=${file(files.cluster)}`,
        ...plan.alertmanagers
          .filter(({ name }) => name !== args.node.name)
          .map(({ address }) => `--cluster.peer=${address.replace(/:\d+$/, `:${cluster}`)}`),
      ],
      variables: [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
      probes,
      mounts: receiverSecrets(plan.config).map(secretMount),
    },
    opts,
  );
  return rolled;
}

/** It answers nobody without a certificate, the kubelet neither. */
const answers = {
  exec: {
    command: [
      "/bin/amtool",
      `--alertmanager.url=https://localhost:${monitoringPorts.alertmanager}`,
      `--http.config.file=${file(files.probe)}`,
      "cluster",
      "show",
    ],
  },
  timeoutSeconds: 5,
};

const probes = {
  startupProbe: { ...answers, periodSeconds: 2, failureThreshold: 60 },
  readinessProbe: { ...answers, periodSeconds: 15 },
  livenessProbe: { ...answers, periodSeconds: 30, failureThreshold: 4 },
};

/** A volume's name has at most 63 characters, and so has a Secret's here: names that begin alike must stay apart. */
function volumeName(secret: string): string {
  const name = `receiver-${secret}`;
  if (name.length <= 63) return name;
  const hash = createHash("sha256").update(secret).digest("hex").slice(0, 16);
  return `${name.slice(0, 46)}-${hash}`;
}

/** Without the Secret it starts, too, and says by its metrics that it cannot notify. */
function secretMount(secret: string): {
  volume: k8sInput.core.v1.Volume;
  mount: k8sInput.core.v1.VolumeMount;
} {
  const name = volumeName(secret);
  return {
    volume: { name, secret: { secretName: secret, optional: true, defaultMode: 0o440 } },
    mount: { name, mountPath: `${receiverSecretsDir}/${secret}`, readOnly: true },
  };
}

function allowedTraffic({ config, alertmanagers }: MonitoringPlan): AllowedTraffic {
  const others = pods({ role: "alertmanager" });
  const cluster = monitoringPorts.alertmanagerCluster;
  return {
    ingress: [
      allowFrom(pods({ role: "prometheus" }), monitoringPorts.alertmanager),
      ...(alertmanagers.length > 1 ? [allowFrom(others, cluster)] : []),
    ],
    egress: [
      ...(alertmanagers.length > 1 ? [allowTo(others, cluster)] : []),
      // To receivers, whose addresses nobody knows before.
      ...allowToOutside(receiverPorts(config)),
    ],
  };
}
