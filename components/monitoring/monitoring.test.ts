import { load } from "js-yaml";
import { beforeAll, describe, expect, it } from "vitest";

import { planMonitoring } from "../../model/platform/planMonitoring";
import { monitoringSchema } from "../../model/stackFile/monitoringSchema";
import { names, one, plan, type Registered, registrations } from "../testing";
import { kubeStateMetrics } from "./kubeStateMetrics";
import { Monitoring } from "./monitoring";

const namespace = "platform";
/** Names of Secrets that differ at their ends only. */
const longNames = ["1", "2"].map((end) => `${"s".repeat(62)}${end}`);
const config = monitoringSchema.parse({
  runbooks: "https://example.com/runbooks/",
  receivers: ["hook", ...longNames].map((secretName, i) => ({
    name: i === 0 ? "operators" : `other${i}`,
    webhook: { url: "https://example.com:8443/hook", secretName },
  })),
  teams: [{ name: "operators", receiver: "operators" }],
});

describe("the monitoring of a platform", () => {
  let all: Registered[];
  beforeAll(async () => {
    const { pods } = plan({ organizations: [{ name: "org1" }] });
    const surroundings = { namespace, pods, ipFamilies: undefined, storageClass: undefined };
    const monitoring = planMonitoring(config, namespace, "cluster.local");
    const images = {
      prometheus: "prometheus:v3",
      alertmanager: "alertmanager:v0",
      grafana: "grafana:13",
      kubeStateMetrics: "state:v2",
    };
    const life = { environment: "local", certificateLife: 3600 };
    all = await registrations(() => {
      new Monitoring("monitoring", {
        ...{ surroundings, size: "small", enrolImage: "enrol:1", plan: monitoring, images },
        ...life,
      });
    });
  });
  const statefulSet = (name: string) => one(all, "apps/v1:StatefulSet", name);
  const file = (server: string, name: string): any => load(one(all, "core/v1:ConfigMap", server).data[name]);
  const servers = ["alertmanager0", "alertmanager1", "prometheus"];

  it("has a StatefulSet with a retained volume for every server, which nothing restarts by itself", () => {
    expect(names(all, "apps/v1:StatefulSet").sort()).toEqual(servers);
    for (const name of servers) {
      expect(statefulSet(name).spec).toMatchObject({
        replicas: 1,
        updateStrategy: { type: "OnDelete" },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        volumeClaimTemplates: [{ metadata: { name: "data" } }],
      });
    }
    expect(names(all, "policy/v1:PodDisruptionBudget")).toEqual(["alertmanager"]);
  });

  it("enrols each server twice: as a reader of metrics, and as a server that its Services' names lead to", () => {
    expect(names(all, "baas.io/v1alpha1:Identity").sort()).toEqual(
      servers.flatMap((name) => [`${name}-kafka`, `${name}-operations`]),
    );
    const { initContainers, volumes } = statefulSet("alertmanager0").spec.template.spec;
    expect(initContainers.map(({ name }: any) => name)).toEqual(["enrol-operations", "enrol-kafka"]);
    const hosts = initContainers[0].env.find(({ name }: any) => name === "ENROL_HOSTS").value.split(",");
    expect(hosts).toContain("alertmanager0.platform.svc");
    expect(hosts).toContain("alertmanager");
    const mounted = volumes.map(({ name }: any) => name);
    expect(new Set(mounted).size).toBe(mounted.length);
  });

  it("lets Prometheus see Services, pods and nodes, and the metrics of kubelets, and nothing else", () => {
    expect(one(all, "rbac.authorization.k8s.io/v1:ClusterRole", "prometheus").rules).toEqual([
      { apiGroups: [""], resources: ["services", "pods", "nodes"], verbs: ["list", "watch"] },
      { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
    ]);
    const tokens = (name: string): boolean =>
      JSON.stringify(statefulSet(name).spec.template.spec.volumes).includes("serviceAccountToken");
    expect(servers.filter(tokens)).toEqual(["prometheus"]);
  });

  it("has kube-state-metrics only if the stack file says so, which lists no Secrets and is reached by Prometheus alone", async () => {
    expect(names(all, "apps/v1:Deployment")).toEqual([]);
    const { pods } = plan({ organizations: [{ name: "org1" }] });
    const surroundings = { namespace, pods, ipFamilies: undefined, storageClass: undefined };
    const found = await registrations(() => kubeStateMetrics({ surroundings, size: "small", image: "state:v2" }, {}));
    const { rules } = one(found, "rbac.authorization.k8s.io/v1:ClusterRole", "kube-state-metrics");
    expect(rules).toEqual([
      { apiGroups: [""], resources: ["pods", "persistentvolumeclaims"], verbs: ["list", "watch"] },
      { apiGroups: ["apps"], resources: ["deployments", "statefulsets"], verbs: ["list", "watch"] },
      { apiGroups: ["batch"], resources: ["jobs"], verbs: ["list", "watch"] },
    ]);
    const [container] = one(found, "apps/v1:Deployment", "kube-state-metrics").spec.template.spec.containers;
    expect(container.args[0]).toBe("--resources=deployments,jobs,persistentvolumeclaims,pods,statefulsets");
    const { ingress } = one(found, "networking.k8s.io/v1:NetworkPolicy", "kube-state-metrics").spec;
    expect(ingress).toMatchObject([
      {
        from: [{ podSelector: { matchLabels: { "app.kubernetes.io/component": "prometheus" } } }],
        ports: [{ port: 8080 }],
      },
    ]);
  });

  it("lets nobody reach Prometheus, and Prometheus and each other reach Alertmanagers", () => {
    const policy = (name: string) => one(all, "networking.k8s.io/v1:NetworkPolicy", name).spec;
    const ports = (rules: any[]) => rules.map(({ ports: open }) => open.map(({ port }: any) => port));
    expect(policy("prometheus").ingress).toEqual([]);
    const egress = [[443, 6443], [10250], [9093], [8080], [17986], [9443], [9545], [8081], [8080], [7054]];
    expect(ports(policy("prometheus").egress)).toEqual(egress);
    expect(ports(policy("alertmanager0").ingress)).toEqual([[9093], [9094]]);
    // Each other, receivers, and the platform's CA.
    expect(ports(policy("alertmanager0").egress)).toEqual([[9094], [8443], [7054]]);
  });

  it("asks everybody for a certificate who connects to an Alertmanager", () => {
    const { tls_server_config: web } = file("alertmanager0", "web.yml");
    const { tls_server_config: server, tls_client_config: client } = file("alertmanager0", "cluster.yml");
    for (const config of [web, server]) {
      expect(config).toMatchObject({
        client_auth_type: "RequireAndVerifyClientCert",
        client_ca_file: "/var/hyperledger/operations/tls/ca.crt",
      });
    }
    expect(client).toMatchObject({ server_name: "alertmanager", ca_file: "/var/hyperledger/kafka/tls/ca.crt" });
    const { command } = statefulSet("alertmanager0").spec.template.spec.containers[0];
    expect(command).toContain("--cluster.peer=alertmanager1.platform.svc:9094");
    expect(command).not.toContain("--cluster.peer=alertmanager0.platform.svc:9094");
  });

  it("starts Alertmanagers without the Secrets of receivers, too", () => {
    const { volumes } = statefulSet("alertmanager1").spec.template.spec;
    const secret = { secretName: "hook", optional: true, defaultMode: 0o440 };
    expect(volumes).toContainEqual({ name: "receiver-hook", secret });
    const mounted = volumes.filter(({ secret }: any) => longNames.includes(secret?.secretName));
    const found = new Set<string>(mounted.map(({ name }: any) => name));
    expect(found.size).toBe(2);
    for (const name of found) expect(name).toMatch(/^receiver-s{37}-[0-9a-f]{16}$/);
  });

  it("gives Prometheus rules with links to their pages, and limits to what it keeps", () => {
    const { groups } = file("prometheus", "rules.yml");
    const { annotations } = groups[0].rules.find(({ alert }: any) => alert === "NetworkDown");
    expect(annotations.runbook_url).toBe("https://example.com/runbooks/NetworkDown.md");
    const { command } = statefulSet("prometheus").spec.template.spec.containers[0];
    expect(command).toContain("--storage.tsdb.retention.time=15d");
    expect(command).toContain("--storage.tsdb.retention.size=16384MB");
  });

  it("warns of certificates by how long they live", () => {
    const { groups } = file("prometheus", "rules.yml");
    const rules = groups.flatMap((group: any) => group.rules);
    const expiring = rules.filter(({ alert }: any) => alert === "CertificateExpiring");
    expect(expiring.map(({ expr }: any) => expr)).toEqual([
      'baas_certificate_expiration_timestamp_seconds{identity!~".+-smoke-test"} - time() < 600',
      'baas_certificate_expiration_timestamp_seconds{identity!~".+-smoke-test"} - time() < 150',
    ]);
  });
});
