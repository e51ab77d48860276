import { beforeAll, describe, expect, it } from "vitest";

import { planMonitoring } from "../../model/platform/planMonitoring";
import { platformGatewaySchema } from "../../model/stackFile/gatewaySchema";
import { monitoringSchema } from "../../model/stackFile/monitoringSchema";
import { exposureSchema } from "../../model/stackFile/schema";
import { one, plan, type Registered, registrations } from "../testing";
import { PlatformGateway } from "./platformGateway";

const gateway = platformGatewaySchema.parse({ port: 30443, host: "monitoring.example.com" });

const prometheus = { "app.kubernetes.io/part-of": "baas", "app.kubernetes.io/component": "prometheus" };

function edge(exposure: object): Promise<Registered[]> {
  const { pods } = plan({ organizations: [{ name: "org1" }] });
  const { grafana } = planMonitoring(monitoringSchema.parse({ grafana: {} }), "platform", "cluster.local", gateway);
  return registrations(() => {
    new PlatformGateway("platform-gateway", {
      exposure: exposureSchema.parse({ ports: { from: 30443, to: 30499 }, ...exposure }),
      surroundings: { namespace: "platform", pods, ipFamilies: undefined, storageClass: undefined },
      ...{ gateway, clusterDomain: "cluster.local", size: "small", image: "haproxy:3", grafana: grafana!.node },
    });
  });
}

describe("the gateway of a platform", () => {
  let all: Registered[];
  beforeAll(async () => {
    all = await edge({});
  });

  it("registers exactly these objects", () => {
    const own = all.filter(({ name }) => !name.startsWith("cluster"));
    expect(own.map(({ type, name }) => `${type} ${name}`)).toEqual([
      "apps/v1:Deployment gateway",
      "baas:index:PlatformGateway platform-gateway",
      "core/v1:ConfigMap gateway",
      "core/v1:Service gateway",
      "core/v1:ServiceAccount gateway",
      "networking.k8s.io/v1:NetworkPolicy gateway",
      "policy/v1:PodDisruptionBudget gateway",
    ]);
  });

  it("has one port on the cluster's nodes, and leads to its own pods alone", () => {
    const { spec } = one(all, "core/v1:Service", "gateway");
    expect(spec).toMatchObject({
      type: "NodePort",
      externalTrafficPolicy: "Local",
      ports: [{ name: "tls", port: 30443, targetPort: 8443, nodePort: 30443, protocol: "TCP" }],
    });
    expect(spec.selector).toEqual(one(all, "apps/v1:Deployment", "gateway").spec.template.metadata.labels);
  });

  it("is reached from anywhere on one port, shows its metrics to Prometheus alone, and reaches Grafana alone", () => {
    const { ingress, egress } = one(all, "networking.k8s.io/v1:NetworkPolicy", "gateway").spec;
    expect(ingress).toEqual([
      { ports: [{ protocol: "TCP", port: 8443 }] },
      {
        from: [expect.objectContaining({ podSelector: expect.objectContaining({ matchLabels: prometheus }) })],
        ports: [{ protocol: "TCP", port: 8081 }],
      },
    ]);
    expect(egress).toHaveLength(1);
    expect(egress[0]).toMatchObject({
      to: [{ podSelector: { matchLabels: { "app.kubernetes.io/component": "grafana" } } }],
      ports: [{ protocol: "TCP", port: 3000 }],
    });
  });

  it("has neither a certificate nor a key, and no file that it may write", () => {
    const { volumes, containers } = one(all, "apps/v1:Deployment", "gateway").spec.template.spec;
    expect(volumes).toEqual([{ name: "configuration", configMap: { name: "gateway" } }]);
    expect(containers[0].volumeMounts).toEqual([
      { name: "configuration", mountPath: "/etc/baas/gateway", readOnly: true },
    ]);
  });

  it("is a route of the cluster's own gateway where the environment has one", async () => {
    const routed = await edge({ type: "TLSRoute", gateway: { name: "public", namespace: "edge" } });
    const [route] = routed.filter(({ type }) => type.endsWith(":TLSRoute"));
    expect(route!.inputs.spec).toEqual({
      parentRefs: [{ name: "public", namespace: "edge", port: 30443 }],
      hostnames: ["monitoring.example.com"],
      rules: [{ backendRefs: [{ name: "gateway", port: 30443 }] }],
    });
    expect(one(routed, "core/v1:Service", "gateway").spec.type).toBe("ClusterIP");
  });
});
