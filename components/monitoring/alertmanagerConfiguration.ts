/** The configuration of an Alertmanager: whom it tells, and its certificates. */
import { dump } from "js-yaml";

import {
  alertmanagerName,
  monitoringClientFiles as client,
  monitoringServerFiles as server,
} from "../../model/contracts/monitoring";
import { alertmanagerRouting } from "../../model/platform/alertRouting";
import type { MonitoringConfig } from "../../model/stackFile/monitoringSchema";

/** Names of its files. */
export const alertmanagerFiles = {
  configuration: "alertmanager.yml",
  /** Who may ask it. */
  web: "web.yml",
  /** Who may tell it what others know. */
  cluster: "cluster.yml",
  /** How it is asked by its own probes. */
  probe: "probe.yml",
} as const;

/** Its files by their names. Whoever connects must have a certificate of the platform's CA for readers of metrics. */
export function alertmanagerConfiguration(config: MonitoringConfig): Record<string, string> {
  const listening = {
    cert_file: server.certificate,
    key_file: server.key,
    client_auth_type: "RequireAndVerifyClientCert",
    client_ca_file: client.root,
  };
  const connecting = { cert_file: client.certificate, key_file: client.key, ca_file: server.root };
  return {
    [alertmanagerFiles.configuration]: dump(alertmanagerRouting(config), { lineWidth: -1 }),
    [alertmanagerFiles.web]: dump({ tls_server_config: { ...listening, min_version: "TLS12" } }),
    [alertmanagerFiles.cluster]: dump({
      tls_server_config: listening,
      // They connect to each other's addresses, which no certificate names.
      tls_client_config: { ...connecting, server_name: alertmanagerName },
    }),
    [alertmanagerFiles.probe]: dump({ tls_config: connecting }),
  };
}
