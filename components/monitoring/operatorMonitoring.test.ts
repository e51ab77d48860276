import { beforeAll, describe, expect, it } from "vitest";

import { planMonitoring } from "../../model/platform/planMonitoring";
import { monitoringSchema } from "../../model/stackFile/monitoringSchema";
import { names, one, type Registered, registrations } from "../testing";
import { OperatorMonitoring } from "./operatorMonitoring";
import { prometheusConfiguration } from "./prometheusConfiguration";

const namespace = "baas-platform";
const config = monitoringSchema.parse({
  operator: { labels: { release: "prometheus" } },
  receivers: [
    { name: "operators", webhook: { url: "https://example.com/hook", secretName: "hook" } },
    { name: "pager", pagerduty: { secretName: "pager" }, msteams: { secretName: "teams" } },
  ],
  teams: [
    { name: "operators", receiver: "operators" },
    { name: "traders", networks: ["trade"], receiver: "operators", quietHours: [{ from: "22:00", to: "07:00" }] },
  ],
  heartbeat: "pager",
});
const settings = { environment: "local", namespace, certificateLife: 3600 };

describe("monitoring by the Prometheus operator", () => {
  let all: Registered[];
  beforeAll(async () => {
    const render = () => ({ "fleet.json": '{"expr":"count(ALERTS{alertstate=\\"firing\\"})"}' });
    all = await registrations(() => {
      new OperatorMonitoring("monitoring", { ...settings, config, operator: config.operator!, render });
    });
  });
  const spec = (kind: string, name: string) =>
    one(
      all,
      `monitoring.coreos.com/${["ScrapeConfig", "AlertmanagerConfig"].includes(kind) ? "v1alpha1" : "v1"}:${kind}`,
      name,
    ).spec;

  it("has no servers, and objects with the labels that the operator chooses by", () => {
    const kinds = all.map(({ type, name }) => `${type} ${name}`).filter((each) => !/^(baas|pulumi):/.test(each));
    expect(kinds).toEqual([
      "core/v1:ConfigMap grafana-dashboards-all",
      "core/v1:ConfigMap grafana-dashboards-team-traders",
      "monitoring.coreos.com/v1:PodMonitor baas-api",
      "monitoring.coreos.com/v1:PodMonitor baas-controller",
      "monitoring.coreos.com/v1:PodMonitor baas-couchdb",
      "monitoring.coreos.com/v1:PodMonitor baas-ethereum-gateways",
      "monitoring.coreos.com/v1:PodMonitor baas-gateways",
      "monitoring.coreos.com/v1:PodMonitor baas-json-rpc",
      "monitoring.coreos.com/v1:PrometheusRule baas",
      "monitoring.coreos.com/v1:ServiceMonitor baas-kubelets",
      "monitoring.coreos.com/v1alpha1:AlertmanagerConfig baas",
      "monitoring.coreos.com/v1alpha1:ScrapeConfig baas-ethereum",
      "monitoring.coreos.com/v1alpha1:ScrapeConfig baas-nodes",
    ]);
    const labels = all
      .filter(({ type }) => type.startsWith("monitoring."))
      .map(({ inputs }) => inputs.metadata.labels.release);
    expect(new Set(labels)).toEqual(new Set(["prometheus"]));
  });

  it("relabels as the platform's own Prometheus does, after it has taken the operator's labels away", async () => {
    const { load } = await import("js-yaml");
    const plan = planMonitoring(monitoringSchema.parse({}), namespace, "cluster.local");
    const { scrape_configs: jobs } = load(prometheusConfiguration({ ...settings, plan })["prometheus.yml"]!) as any;
    const ofOwn = (job: string) =>
      jobs
        .find(({ job_name }: any) => job_name === job)
        .relabel_configs.map(({ source_labels, target_label, ...rest }: any) => ({
          ...(source_labels && { sourceLabels: source_labels }),
          ...(target_label && { targetLabel: target_label }),
          ...rest,
        }));
    const first = (job: string) => [
      { regex: "namespace|node|service|pod|container|endpoint", action: "labeldrop" },
      { targetLabel: "job", replacement: job },
    ];
    expect(spec("ScrapeConfig", "baas-nodes").relabelings).toEqual([...first("nodes"), ...ofOwn("nodes")]);
    for (const job of ["gateways", "api", "controller", "couchdb"]) {
      const [endpoint] = spec("PodMonitor", `baas-${job}`).podMetricsEndpoints;
      expect(endpoint.relabelings).toEqual([...first(job), ...ofOwn(job)]);
    }
  });

  it("shows the certificate of readers of metrics, and trusts the roots that the controller keeps", () => {
    const tls = {
      ca: { configMap: { name: "prometheus-trust", key: "roots.pem" } },
      cert: { secret: { name: "monitoring-client-certificate", key: "tls.crt" } },
      keySecret: { name: "monitoring-client-certificate", key: "tls.key" },
    };
    expect(spec("ScrapeConfig", "baas-nodes")).toMatchObject({ scheme: "HTTPS", tlsConfig: tls });
    const [gateways] = spec("PodMonitor", "baas-gateways").podMetricsEndpoints;
    expect(gateways).toMatchObject({ scheme: "https", tlsConfig: { ...tls, serverName: "gateway" } });
    expect(JSON.stringify(all)).not.toContain("insecureSkipVerify");
  });

  it("has all rules but those on servers that are not there, each with the environment", () => {
    const { groups } = spec("PrometheusRule", "baas");
    const alerts = groups.flatMap(({ rules }: any) => rules).filter(({ alert }: any) => alert !== undefined);
    const alertNames = alerts.map(({ alert }: any) => alert);
    expect(alertNames).toEqual(expect.arrayContaining(["NetworkDown", "CertificateExpiring", "Watchdog"]));
    expect(alertNames).not.toContain("AlertmanagerDown");
    expect(new Set(alerts.map(({ labels }: any) => labels.environment))).toEqual(new Set(["local"]));
    expect(new Set(groups.map(({ interval }: any) => interval))).toEqual(new Set(["15s"]));
  });

  it("routes alerts of its environment alone", () => {
    const { route, receivers, inhibitRules, muteTimeIntervals } = spec("AlertmanagerConfig", "baas");
    const ours = { name: "environment", matchType: "=", value: "local" };
    expect(route).toMatchObject({
      receiver: "nobody",
      groupBy: ["network", "alertname"],
      groupWait: "30s",
      matchers: [ours],
    });
    expect(route.routes[0]).toEqual({
      matchers: [{ name: "alertname", matchType: "=", value: "Watchdog" }],
      ...{ receiver: "pager", groupWait: "0s", groupInterval: "5m", repeatInterval: "5m" },
    });
    expect(route.routes[2].routes[1]).toEqual({
      matchers: [{ name: "severity", matchType: "!=", value: "critical" }],
      receiver: "operators",
      muteTimeIntervals: ["traders-quiet"],
    });
    for (const { sourceMatch, targetMatch } of inhibitRules) {
      expect([sourceMatch[0], targetMatch[0]]).toEqual([ours, ours]);
    }
    expect(muteTimeIntervals[0].timeIntervals[0].times).toEqual([{ startTime: "22:00", endTime: "24:00" }]);
    const sendResolved = true;
    expect(receivers).toEqual([
      { name: "nobody" },
      {
        name: "operators",
        webhookConfigs: [
          {
            ...{ sendResolved, url: "https://example.com/hook" },
            httpConfig: { authorization: { type: "Bearer", credentials: { name: "hook", key: "token" } } },
          },
        ],
      },
      {
        name: "pager",
        pagerdutyConfigs: [{ sendResolved, routingKey: { name: "pager", key: "routingKey" } }],
        msteamsv2Configs: [{ sendResolved, webhookURL: { name: "teams", key: "url" } }],
      },
    ]);
  });

  it("has dashboards in ConfigMaps that Grafana finds, with alerts of the environment alone", () => {
    const { metadata, data } = one(all, "core/v1:ConfigMap", "grafana-dashboards-team-traders");
    expect(metadata.labels.grafana_dashboard).toBe("1");
    expect(metadata.annotations).toEqual({ grafana_folder: "traders" });
    expect(Object.keys(data)).toEqual(["baas-team-traders-fleet.json"]);
    expect(JSON.parse(data["baas-team-traders-fleet.json"]).expr).toBe(
      'count(ALERTS{environment="local",alertstate="firing"})',
    );
  });

  it("routes nothing where there are no teams", async () => {
    const alone = monitoringSchema.parse({ operator: {} });
    const found = await registrations(() => {
      new OperatorMonitoring("monitoring", {
        ...settings,
        config: alone,
        operator: alone.operator!,
        render: () => ({}),
      });
    });
    expect(names(found, "monitoring.coreos.com/v1alpha1:AlertmanagerConfig")).toEqual([]);
  });
});
