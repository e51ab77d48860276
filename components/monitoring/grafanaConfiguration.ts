/** The configuration of Grafana: how people sign in, where its data source is, and from which folders it takes dashboards. */
import { dump } from "js-yaml";

import {
  dashboardsDir,
  grafanaCertificateDir,
  monitoringConfigurationDir,
  monitoringServerFiles as server,
} from "../../model/contracts/monitoring";
import { monitoringPorts } from "../../model/contracts/ports";
import type { GrafanaPlan, MonitoringPlan } from "../../model/platform/planMonitoring";
import type { GrafanaConfig } from "../../model/stackFile/grafanaSchema";
import { type DashboardFolder, dataSourceId } from "./grafanaDashboards";

/** Names of its files. */
export const grafanaFiles = {
  configuration: "grafana.ini",
  dataSources: "data-sources.yaml",
  folders: "folders.yaml",
} as const;

/** Where Grafana looks for what it is provided with. */
export const provisioningDir = "/etc/baas/provisioning";

/** Arguments of {@link grafanaConfiguration}. */
export interface GrafanaConfigurationArgs {
  plan: MonitoringPlan;
  grafana: GrafanaPlan;
  folders: readonly DashboardFolder[];
  /** Folder that it may write to. */
  dataDir: string;
}

/** Its files by their names. Passwords are in none of them: they come from Secrets, by variables. */
export function grafanaConfiguration(args: GrafanaConfigurationArgs): Record<string, string> {
  const { plan, folders } = args;
  return {
    [grafanaFiles.configuration]: settings(args),
    [grafanaFiles.dataSources]: dump({ apiVersion: 1, datasources: [dataSource(plan)] }, { lineWidth: -1 }),
    [grafanaFiles.folders]: dump({ apiVersion: 1, providers: folders.map(provider) }, { lineWidth: -1 }),
  };
}

/** Prometheus, by the name in its certificate. */
function dataSource({ prometheus, config }: MonitoringPlan): object {
  return {
    ...{ name: "Prometheus", uid: dataSourceId, type: "prometheus", access: "proxy", isDefault: true, editable: false },
    url: `https://${prometheus.address}`,
    jsonData: { httpMethod: "POST", timeInterval: config.interval, tlsAuthWithCACert: true },
    secureJsonData: { tlsCACert: `$__file{${server.root}}` },
  };
}

function provider({ name, title }: DashboardFolder): object {
  return {
    ...{ name, folder: title, type: "file", disableDeletion: true, allowUiUpdates: false },
    // The kubelet updates a ConfigMap's files within a minute or two.
    updateIntervalSeconds: 30,
    options: { path: dashboardsDir(name) },
  };
}

function settings({ grafana, folders, dataDir }: GrafanaConfigurationArgs): string {
  const { gateway, config } = grafana;
  const certificate =
    gateway?.certificateSecret === undefined
      ? { cert_file: server.certificate, cert_key: server.key }
      : { cert_file: `${grafanaCertificateDir}/tls.crt`, cert_key: `${grafanaCertificateDir}/tls.key` };
  const port = monitoringPorts.grafana;
  const home = `${dashboardsDir(folders[0]!.name)}/fleet.json`;
  return ini({
    paths: { data: dataDir, plugins: `${dataDir}/plugins`, provisioning: provisioningDir },
    server: {
      ...{ protocol: "https", http_port: port, min_tls_version: "TLS1.2", ...certificate },
      // A certificate of yours may change at any time.
      certs_watch_interval: "1m",
      root_url: gateway === undefined ? `https://localhost:${port}/` : `https://${gateway.host}:${gateway.port}/`,
    },
    log: { mode: "console" },
    security: {
      ...{ cookie_secure: true, strict_transport_security: gateway !== undefined, disable_gravatar: true },
      disable_initial_admin_creation: config.oidc !== undefined,
    },
    users: { allow_sign_up: false, allow_org_create: false, viewers_can_edit: false, default_theme: "system" },
    "auth.anonymous": { enabled: false },
    dashboards: { default_home_dashboard_path: home },
    // It reaches nobody but Prometheus, and the identity provider.
    analytics: { reporting_enabled: false, check_for_updates: false, check_for_plugin_updates: false },
    plugins: { preinstall_disabled: true, plugin_admin_enabled: false },
    snapshots: { external_enabled: false },
    news: { news_feed_enabled: false },
    // Alerts are those of Prometheus.
    unified_alerting: { enabled: false },
    ...signIn(config),
  });
}

function signIn({ oidc }: GrafanaConfig): Record<string, Section> {
  if (oidc === undefined) return {};
  const { adminGroup, groups } = oidc;
  const role = adminGroup === undefined ? "'Viewer'" : `contains(groups[*], '${adminGroup}') && 'Admin' || 'Viewer'`;
  return {
    auth: { disable_login_form: true, oauth_auto_login: true },
    "auth.generic_oauth": {
      ...{ enabled: true, name: "OIDC", client_id: oidc.clientId, scopes: oidc.scopes.join(" ") },
      ...{ auth_url: oidc.authorizationUrl, token_url: oidc.tokenUrl, api_url: oidc.userInfoUrl },
      // The provider says who may; Grafana has no users of its own.
      ...{ allow_sign_up: true, use_pkce: true, use_refresh_token: true, groups_attribute_path: "groups" },
      ...(groups.length > 0 && { allowed_groups: groups.join(",") }),
      role_attribute_path: role,
    },
  };
}

type Section = Record<string, string | number | boolean>;

/** Grafana takes the rest of a line as the value, but for quotes around it. */
function ini(sections: Record<string, Section>): string {
  const lines = (section: Section): string =>
    Object.entries(section)
      .map(([key, value]) => `${key} = ${quoted(value)}\n`)
      .join("");
  return Object.entries(sections)
    .map(([name, section]) => `[${name}]\n${lines(section)}`)
    .join("\n");
}

/** A text with what would begin a comment, or a variable, in quotes that take it as it is. */
function quoted(value: string | number | boolean): string {
  const text = String(value);
  return /[#;"'`]/.test(text) ? `"""${text}"""` : text;
}

/** Where the file of Grafana's configuration is. */
export const grafanaConfigurationFile = `${monitoringConfigurationDir}/${grafanaFiles.configuration}`;
