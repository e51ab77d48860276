import { load } from "js-yaml";
import { beforeAll, describe, expect, it } from "vitest";

import { planMonitoring } from "../../model/platform/planMonitoring";
import { platformGatewaySchema } from "../../model/stackFile/gatewaySchema";
import { monitoringSchema } from "../../model/stackFile/monitoringSchema";
import { names, one, plan, type Registered, registrations } from "../testing";
import { renderFolder } from "./grafanaDashboard";
import { Monitoring } from "./monitoring";

const namespace = "platform";
const oidc = {
  authorizationUrl: "https://login.example.com/authorize",
  tokenUrl: "https://login.example.com:8443/token",
  userInfoUrl: "https://login.example.com:8443/userinfo",
  clientId: "grafana",
  secretName: "grafana-oidc",
  groups: ["operators", "traders"],
  adminGroup: "operators",
};

function monitoring(grafana: object, gateway?: object): Promise<Registered[]> {
  const { pods } = plan({ organizations: [{ name: "org1" }] });
  const config = monitoringSchema.parse({
    grafana,
    receivers: [{ name: "traders", webhook: { url: "https://example.com/hook" } }],
    teams: [
      { name: "operations", receiver: "traders" },
      { name: "trading", receiver: "traders", networks: ["trade", "loans"] },
    ],
  });
  const given = gateway === undefined ? undefined : platformGatewaySchema.parse(gateway);
  return registrations(() => {
    new Monitoring("monitoring", {
      surroundings: { namespace, pods, ipFamilies: undefined, storageClass: undefined },
      ...{ size: "small", enrolImage: "enrol:1", environment: "local", certificateLife: 3600, render: renderFolder },
      plan: planMonitoring(config, namespace, "cluster.local", given),
      images: {
        prometheus: "prometheus:v3",
        alertmanager: "alertmanager:v0",
        grafana: "grafana:13",
        kubeStateMetrics: "state:v2",
      },
    });
  });
}

const gateway = { port: 30400, host: "monitoring.example.com" };
const pod = (all: Registered[]) => one(all, "apps/v1:StatefulSet", "grafana").spec.template.spec;
const container = (all: Registered[]) => pod(all).containers[0];
const settings = (all: Registered[]): string => one(all, "core/v1:ConfigMap", "grafana").data["grafana.ini"];
const rules = (all: Registered[], name: string) => one(all, "networking.k8s.io/v1:NetworkPolicy", name).spec;
const opened = (list: any[]): string[] =>
  list.map(({ from, to, ports }) => {
    const role = (from ?? to)?.[0].podSelector.matchLabels["app.kubernetes.io/component"] ?? "anywhere";
    return `${role} ${ports.map(({ port }: any) => port).join(" ")}`;
  });

describe("a Grafana behind a gateway", () => {
  let all: Registered[];
  beforeAll(async () => {
    all = await monitoring({}, gateway);
  });

  it("has a random password for its administrator in a Secret, and in no other object", () => {
    expect(one(all, "random:index/randomPassword:RandomPassword", "grafana-admin").length).toBe(32);
    expect(one(all, "core/v1:Secret", "grafana-admin").type).toBe("Opaque");
    expect(container(all).env).toEqual([
      {
        name: "GF_SECURITY_ADMIN_PASSWORD",
        valueFrom: { secretKeyRef: { name: "grafana-admin", key: "password" } },
      },
    ]);
    expect(settings(all)).not.toContain("auth.generic_oauth");
  });

  it("is a server of the platform's CA that people and the gateway call by its names, and no reader of metrics", () => {
    expect(names(all, "baas.io/v1alpha1:Identity").filter((name) => name.startsWith("grafana"))).toEqual([
      "grafana-kafka",
    ]);
    const { initContainers } = pod(all);
    expect(initContainers.map(({ name }: any) => name)).toEqual(["enrol-kafka"]);
    const hosts = initContainers[0].env.find(({ name }: any) => name === "ENROL_HOSTS").value.split(",");
    expect(hosts).toContain("monitoring.example.com");
    expect(hosts).toContain("grafana.platform.svc");
    expect(settings(all)).toContain("protocol = https\n");
    expect(settings(all)).toContain("cert_file = /var/hyperledger/kafka/tls/server.crt\n");
    expect(settings(all)).toContain("root_url = https://monitoring.example.com:30400/\n");
  });

  it("reaches Prometheus alone, and is reached by the gateway alone", () => {
    expect(opened(rules(all, "grafana").ingress)).toEqual(["gateway 3000"]);
    expect(opened(rules(all, "grafana").egress)).toEqual(["prometheus 9090", "certificate-authority 7054"]);
    expect(opened(rules(all, "prometheus").ingress)).toEqual(["grafana 9090"]);
    const { datasources } = load(one(all, "core/v1:ConfigMap", "grafana").data["data-sources.yaml"]) as any;
    expect(datasources).toEqual([
      expect.objectContaining({
        url: "https://prometheus.platform.svc:9090",
        secureJsonData: { tlsCACert: "$__file{/var/hyperledger/kafka/tls/ca.crt}" },
      }),
    ]);
  });

  it("writes to its volume and to /tmp alone, with limits, as the restricted profile asks", () => {
    const { securityContext, resources, volumeMounts } = container(all);
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(Object.keys(resources.limits).sort()).toEqual(["cpu", "ephemeral-storage", "memory"]);
    const writable = volumeMounts.filter(({ readOnly }: any) => readOnly !== true);
    expect(writable.map(({ mountPath }: any) => mountPath)).toEqual(["/var/hyperledger", "/tmp"]);
    expect(settings(all)).toContain("data = /var/hyperledger/grafana-data\n");
  });

  it("has a folder of all networks, and one of each team that has some, in ConfigMaps that Kubernetes takes", () => {
    const { providers } = load(one(all, "core/v1:ConfigMap", "grafana").data["folders.yaml"]) as any;
    expect(providers.map(({ folder, options }: any) => [folder, options.path])).toEqual([
      ["All networks", "/etc/baas/dashboards/all"],
      ["trading", "/etc/baas/dashboards/team-trading"],
    ]);
    const map = (name: string) => one(all, "core/v1:ConfigMap", name).data as Record<string, string>;
    const [everything, trading] = [map("grafana-dashboards-all"), map("grafana-dashboards-team-trading")];
    expect(Object.keys(everything)).toEqual([
      ...[
        "certificates",
        "chaincode",
        "channel",
        "ethereum",
        "fleet",
        "gateway",
        "json-rpc",
        "network",
        "orderer",
        "peer",
        "resources",
      ].map((name) => `${name}.json`),
    ]);
    expect(Object.keys(trading)).toEqual(Object.keys(everything).filter((name) => name !== "fleet.json"));
    for (const files of [everything, trading]) {
      expect(Object.values(files).join("").length).toBeLessThan(500 * 1024);
      for (const [file, text] of Object.entries(files))
        expect([file, JSON.parse(text).uid]).toEqual([file, expect.any(String)]);
    }
    const mounted = pod(all).volumes.map(({ name }: any) => name);
    expect(new Set(mounted).size).toBe(mounted.length);
    for (const { mountPath, subPath } of container(all).volumeMounts) {
      if (subPath !== undefined) expect(mountPath).toMatch(/^\/etc\/baas\/provisioning\/(datasources|dashboards)\//);
    }
  });
});

describe("a Grafana", () => {
  it("has people sign in at the identity provider, with its client's secret from a Secret", async () => {
    const all = await monitoring({ oidc }, gateway);
    expect(names(all, "core/v1:Secret")).toEqual([]);
    expect(container(all).env).toEqual([
      {
        name: "GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET",
        valueFrom: { secretKeyRef: { name: "grafana-oidc", key: "clientSecret" } },
      },
    ]);
    expect(settings(all)).toContain("disable_login_form = true\n");
    expect(settings(all)).toContain("disable_initial_admin_creation = true\n");
    expect(settings(all)).toContain("allowed_groups = operators,traders\n");
    expect(settings(all)).toContain(
      `role_attribute_path = """contains(groups[*], 'operators') && 'Admin' || 'Viewer'"""\n`,
    );
    expect(opened(rules(all, "grafana").egress)).toContain("anywhere 8443");
  });

  it("shows a certificate of the user's, and loads it anew", async () => {
    const all = await monitoring({}, { ...gateway, certificateSecret: "monitoring-tls" });
    expect(pod(all).volumes).toContainEqual({
      name: "certificate",
      secret: { secretName: "monitoring-tls", defaultMode: 0o440 },
    });
    expect(settings(all)).toContain("cert_file = /etc/baas/grafana-certificate/tls.crt\n");
    expect(settings(all)).toContain("certs_watch_interval = 1m\n");
  });

  it("without a gateway is reached by nobody over the network", async () => {
    const all = await monitoring({});
    expect(rules(all, "grafana").ingress).toEqual([]);
    expect(settings(all)).toContain("root_url = https://localhost:3000/\n");
  });
});
