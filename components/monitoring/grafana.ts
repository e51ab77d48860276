/** The Grafana of a platform: its container, its dashboards, who may sign in, and its allowed traffic. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { kafkaCaName } from "../../model/contracts/certificateAuthority";
import { labels } from "../../model/contracts/labels";
import {
  dashboardMapName,
  dashboardsDir,
  grafanaAdminName,
  grafanaCertificateDir,
} from "../../model/contracts/monitoring";
import { monitoringPorts } from "../../model/contracts/ports";
import type { RolloutNode } from "../../model/customResources/rollout";
import { dashboards } from "../../model/platform/dashboards";
import type { GrafanaPlan, MonitoringPlan } from "../../model/platform/planMonitoring";
import type { GrafanaConfig } from "../../model/stackFile/grafanaSchema";
import { allowFrom, allowTo, allowToOutside, httpsPortOf, pods } from "../kubernetes/networkAccess";
import type { AllowedTraffic } from "../kubernetes/networkPolicy";
import { serverProbes } from "../kubernetes/probes";
import { configurationVolume } from "../kubernetes/statefulNode";
import {
  grafanaConfiguration,
  grafanaConfigurationFile,
  grafanaFiles as files,
  provisioningDir,
} from "./grafanaConfiguration";
import { type DashboardFolder, dashboardFolders, type RenderFolder } from "./grafanaDashboards";
import { dataDir, type MonitoringContext, monitoringServer, type MountedVolume } from "./monitoringServer";

/** Arguments of {@link grafana}. */
export interface GrafanaArgs extends MonitoringContext {
  plan: MonitoringPlan;
  grafana: GrafanaPlan;
  image: string;
  render: RenderFolder;
}

/** Creates the objects of Grafana, and returns it as the platform's Rollout names it. */
export function grafana(args: GrafanaArgs, opts: pulumi.CustomResourceOptions): RolloutNode {
  const { plan, grafana: own, surroundings, render } = args;
  const { namespace } = surroundings;
  const folders = dashboardFolders(plan.config, dashboards);
  const maps = folders.map((folder) => {
    const metadata = { name: dashboardMapName(folder.name), namespace, labels: labels({ role: "grafana" }) };
    return new k8s.core.v1.ConfigMap(metadata.name, { metadata, data: render(folder) }, opts);
  });
  const secrets = own.config.oidc === undefined ? [adminSecret(namespace, opts)] : [];
  const data = dataDir("grafana");
  const answer = { httpGet: { path: "/api/health", port: monitoringPorts.grafana, scheme: "HTTPS" } };
  const { rolled } = monitoringServer(
    {
      ...args,
      ...allowedTraffic(own),
      node: own.node,
      role: "grafana",
      // A server alone: it reads no metrics of nodes itself.
      issuers: [kafkaCaName],
      ports: { https: monitoringPorts.grafana },
      configuration: grafanaConfiguration({ plan, grafana: own, folders, dataDir: data }),
      command: [
        "/usr/share/grafana/bin/grafana",
        "server",
        "--homepath=/usr/share/grafana",
        `--config=${grafanaConfigurationFile}`,
        "--packaging=docker",
      ],
      variables: variables(own.config),
      probes: serverProbes({ healthy: answer, alive: answer, startSeconds: 120 }),
      mounts: [
        provisioned("datasources", files.dataSources),
        provisioned("dashboards", files.folders),
        ...folders.map(folderMount),
        ...certificateMount(own),
      ],
      dependsOn: [...maps, ...secrets],
    },
    opts,
  );
  return rolled;
}

/** The password that `admin` has at first. Who signs in may change it. */
function adminSecret(namespace: string, opts: pulumi.CustomResourceOptions): k8s.core.v1.Secret {
  const password = new random.RandomPassword(grafanaAdminName, { length: 32, special: false }, opts);
  const metadata = { name: grafanaAdminName, namespace, labels: labels({ role: "grafana" }) };
  return new k8s.core.v1.Secret(
    grafanaAdminName,
    { metadata, type: "Opaque", stringData: { username: "admin", password: password.result } },
    opts,
  );
}

/** What comes from Secrets. */
function variables({ oidc }: GrafanaConfig): k8sInput.core.v1.EnvVar[] {
  const from = (variable: string, secret: string, key: string): k8sInput.core.v1.EnvVar => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: secret, key } },
  });
  return oidc === undefined
    ? [from("GF_SECURITY_ADMIN_PASSWORD", grafanaAdminName, "password")]
    : [from("GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET", oidc.secretName, "clientSecret")];
}

/** A file of the ConfigMap where Grafana looks for files of its kind. */
function provisioned(kind: string, file: string): MountedVolume {
  return {
    mount: {
      name: configurationVolume,
      mountPath: `${provisioningDir}/${kind}/${file}`,
      subPath: file,
      readOnly: true,
    },
  };
}

function folderMount(folder: DashboardFolder): MountedVolume {
  const volume = `dashboards-${folder.name}`;
  return {
    volume: { name: volume, configMap: { name: dashboardMapName(folder.name) } },
    mount: { name: volume, mountPath: dashboardsDir(folder.name), readOnly: true },
  };
}

/** The certificate of the user's, if there is one. Without it, Grafana does not start. */
function certificateMount({ gateway }: GrafanaPlan): MountedVolume[] {
  if (gateway?.certificateSecret === undefined) return [];
  return [
    {
      volume: { name: "certificate", secret: { secretName: gateway.certificateSecret, defaultMode: 0o440 } },
      mount: { name: "certificate", mountPath: grafanaCertificateDir, readOnly: true },
    },
  ];
}

/** From the gateway; to Prometheus, and to the identity provider, whose address nobody knows before. */
function allowedTraffic({ gateway, config: { oidc } }: GrafanaPlan): AllowedTraffic {
  const provider = oidc === undefined ? [] : [oidc.tokenUrl, oidc.userInfoUrl];
  return {
    ingress: gateway === undefined ? [] : [allowFrom(pods({ role: "gateway" }), monitoringPorts.grafana)],
    egress: [
      allowTo(pods({ role: "prometheus" }), monitoringPorts.prometheus),
      ...allowToOutside(provider.map(httpsPortOf)),
    ],
  };
}
