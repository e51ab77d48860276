import { beforeAll, describe, expect, it } from "vitest";

import { TestCa } from "../../fabric/src/testing/testCertificates";
import type { NetworkPlan } from "../../model/network/networkPlan";
import { Network } from "../fabric/network";
import { ownedByAutoscaler } from "../kubernetes/autoscaling";
import { images, names, one, plan, type Registered, registrations } from "../testing";

const api = {
  tokens: { issuer: "https://login.example.com", audience: "net" },
  roles: { trader: { actions: ["submit"] } },
};

function network(config: object): Promise<Registered[]> {
  return networkWith((found) => found, config);
}

/** @param change - of the plan */
function networkWith(change: (found: NetworkPlan) => NetworkPlan, config: object = { api }): Promise<Registered[]> {
  const all = {
    organizations: [{ name: "org1", peers: 2 }, { name: "org2" }],
    channels: [{ name: "main" }],
    gateway: { port: 30443 },
    ...config,
  };
  return registrations((cluster) => {
    new Network(
      "net",
      {
        plan: change(plan(all, { ports: { from: 30443, to: 30499 } })),
        cluster,
        images,
        platformNamespace: "baas-platform",
      },
      { providers: [cluster.provider] },
    );
  });
}

const policy = (all: Registered[], name: string) => one(all, "networking.k8s.io/v1:NetworkPolicy", name).spec;
const statefulSet = (all: Registered[]) => one(all, "apps/v1:StatefulSet", "api").spec;
const settings = (all: Registered[]) => JSON.parse(one(all, "core/v1:ConfigMap", "api").data["settings.json"]);

/** Ports, with the organizations and roles that a rule names. */
const opened = (rules: any[]): string[] =>
  rules.map(({ from = [], to = [], ports }) => {
    const who = [...from, ...to].map(({ podSelector: { matchLabels: its } }: any) =>
      [its["baas.io/organization"], its["app.kubernetes.io/component"]].filter(Boolean).join(" "),
    );
    return `${ports.map(({ port }: any) => port).join(" ")}: ${who.join(", ") || "anywhere"}`;
  });

describe("a network with an API server", () => {
  let all: Registered[];
  let without: Registered[];
  beforeAll(async () => {
    all = await network({ api });
    without = await network({});
  });

  it("registers exactly these objects for it", () => {
    const seen = new Set(without.map(({ type, name }) => `${type} ${name}`));
    expect(all.map(({ type, name }) => `${type} ${name}`).filter((line) => !seen.has(line))).toEqual([
      "apps/v1:StatefulSet api",
      "baas:index:Api net-api-server",
      "baas:index:ProjectImage net-api",
      "baas.io/v1alpha1:Identity api",
      "core/v1:ConfigMap api",
      "core/v1:Service api",
      "core/v1:Service api-headless",
      "core/v1:ServiceAccount api",
      "docker:index/image:Image net-api",
      "networking.k8s.io/v1:NetworkPolicy api",
    ]);
  });

  it("changes nothing else but the gateway and the peers that it calls", () => {
    const before = new Map(without.map(({ type, name, inputs }) => [`${type} ${name}`, JSON.stringify(inputs)]));
    const changed = all
      .map(({ type, name, inputs }) => [`${type} ${name}`, JSON.stringify(inputs)] as const)
      .filter(([line, text]) => before.has(line) && before.get(line) !== text);
    expect(changed.map(([line]) => line)).toEqual([
      "core/v1:ConfigMap gateway",
      "networking.k8s.io/v1:NetworkPolicy gateway",
      "networking.k8s.io/v1:NetworkPolicy peer0-org1",
      "networking.k8s.io/v1:NetworkPolicy peer1-org1",
    ]);
  });

  it("is reached by the gateway, and reaches its peers, its CA and who issues tokens", () => {
    expect(opened(policy(all, "api").ingress)).toEqual(["8444: gateway", "9443: prometheus"]);
    expect(opened(policy(all, "api").egress)).toEqual([
      "7051: org1 peer",
      "7054: org1 certificate-authority",
      "443: anywhere",
    ]);
    expect(opened(policy(all, "gateway").egress)).toContain("8444: api");
    expect(opened(policy(all, "peer0-org1").ingress)[0]).toMatch(/^7051: .*\bapi\b/);
  });

  it("keeps calls on a volume that outlives it, and runs once", () => {
    const { replicas, volumeClaimTemplates, persistentVolumeClaimRetentionPolicy } = statefulSet(all);
    expect([replicas, persistentVolumeClaimRetentionPolicy]).toEqual([
      1,
      { whenDeleted: "Retain", whenScaled: "Retain" },
    ]);
    expect(volumeClaimTemplates[0].spec).toEqual({
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    });
    expect(settings(all).store).toEqual({ type: "sqlite", path: "/var/lib/baas-api/calls.db" });
  });

  it("accepts connections of the gateway only, and enrols in its pod", () => {
    expect(settings(all).tls).toMatchObject({ clients: ["gateway"], clientRoot: "/var/hyperledger/crypto/tls/ca.crt" });
    const { initContainers, containers } = statefulSet(all).template.spec;
    expect(initContainers.map(({ args }: any) => args)).toEqual([["node"]]);
    expect(containers.map(({ name, args }: any) => [name, args])).toEqual([
      ["api", undefined],
      ["keeper", ["keep"]],
    ]);
  });

  it("restarts when its settings change", async () => {
    const hash = (registered: Registered[]) =>
      statefulSet(registered).template.metadata.annotations["baas.io/configuration-hash"];
    const other = await network({ api: { ...api, limits: { requestsPerMinute: 1 } } });
    expect(hash(other)).not.toBe(hash(all));
  });
});

describe("a server that acts as clients of its organization", () => {
  let all: Registered[];
  const roles = { trader: { actions: ["submit"], identities: ["settler", "api"] } };
  beforeAll(async () => {
    const organizations = [{ name: "org1", clients: ["settler", "unused"] }];
    all = await network({ organizations, api: { ...api, identities: ["settler"], roles } });
  });

  it("has its pod enrol them beside its own identity, and renew them", () => {
    const { initContainers, containers, volumes } = statefulSet(all).template.spec;
    for (const container of [initContainers[0], containers[1]]) {
      expect(container.env).toContainEqual({ name: "ENROL_CLIENTS", value: "settler" });
      expect(container.volumeMounts).toContainEqual({
        name: "client-settler",
        mountPath: "/etc/baas/clients/settler",
        readOnly: true,
      });
    }
    expect(volumes).toContainEqual({
      name: "client-settler",
      secret: { secretName: "settler-org1-enrolment", defaultMode: 0o440 },
    });
    expect(containers[0].volumeMounts.map(({ name }: any) => name)).not.toContain("client-settler");
  });

  it("tells it where they are, and whose role may act as whom", () => {
    expect(settings(all).identities).toEqual({
      api: "/etc/baas/api/blockchain_client.yaml",
      settler: "/etc/baas/api/blockchain_client-settler.yaml",
    });
    expect(settings(all).access.roles.trader.identities).toEqual(["settler", "api"]);
    const { data } = one(all, "core/v1:ConfigMap", "api");
    expect(data["blockchain_client-settler.yaml"]).toContain(
      "certificate: /var/hyperledger/crypto/clients/settler/msp/signcerts/cert.pem\n",
    );
    expect(data["blockchain_client.yaml"]).toContain("certificate: /var/hyperledger/crypto/msp/signcerts/cert.pem\n");
  });
});

it("trusts CAs of the user's own where the stack file names some", async () => {
  const ca = new TestCa("own");
  const all = await network({ api: { ...api, rootCertificates: ca.certificate } });
  ca.close();
  expect(one(all, "core/v1:ConfigMap", "api").data["roots.pem"]).toBe(ca.certificate);
  const [{ env }] = statefulSet(all).template.spec.containers;
  expect(env).toContainEqual({ name: "NODE_EXTRA_CA_CERTS", value: "/etc/baas/api/roots.pem" });
});

describe("a network whose API takes client certificates", () => {
  const authority = { certificates: "the CA's", revocationList: "the CA's list" };
  const certificates = {
    host: "mtls-api.net.example.com",
    authorities: [{ name: "partner", ...authority }],
  };
  let all: Registered[];
  beforeAll(async () => {
    all = await networkWith((found) => {
      const [org1] = found.organizations;
      const authorities = [{ name: "org1", organization: org1! }, ...certificates.authorities];
      return { ...found, api: { ...found.api!, certificates: { ...certificates, authorities } } };
    });
  });

  it("has the controller publish the revocation lists of its organizations' CAs, and of no other", () => {
    const publishes = (name: string) => one(all, "baas.io/v1alpha1:CertificateAuthority", name).spec.publishRevocations;
    expect(["ca-org1", "ca-org2", "ca-orderer"].map(publishes)).toEqual([true, undefined, undefined]);
  });

  it("mounts CAs and lists in the server's pods, which start without a list", () => {
    const { volumes, containers } = statefulSet(all).template.spec;
    expect(volumes.find(({ name }: any) => name === "authorities").projected.sources).toEqual([
      { configMap: { name: "ca-org1-roots", items: [{ key: "ca.pem", path: "org1.pem" }] } },
      { secret: { name: "ca-org1-revocations", items: [{ key: "ca.crl", path: "org1.crl" }], optional: true } },
    ]);
    expect(containers[0].volumeMounts).toContainEqual({
      name: "authorities",
      mountPath: "/etc/baas/authorities",
      readOnly: true,
    });
    expect(settings(all).access.certificates).toEqual({
      org1: { certificates: "/etc/baas/authorities/org1.pem", revocationList: "/etc/baas/authorities/org1.crl" },
      partner: { certificates: "/etc/baas/api/partner.pem", revocationList: "/etc/baas/api/partner.crl" },
    });
    expect(one(all, "core/v1:ConfigMap", "api").data).toMatchObject({
      "partner.pem": "the CA's",
      "partner.crl": "the CA's list",
    });
  });

  it("mounts the CAs in the gateway's pods, which load changes", () => {
    const { volumes, containers } = one(all, "apps/v1:Deployment", "gateway").spec.template.spec;
    expect(volumes.find(({ name }: any) => name === "callers").projected.sources).toEqual([
      { configMap: { name: "ca-org1-roots", items: [{ key: "ca.pem", path: "org1.pem" }] } },
      { configMap: { name: "gateway", items: [{ key: "partner.pem", path: "partner.pem" }] } },
    ]);
    const [, keeper] = containers;
    expect(keeper.env.find(({ name }: any) => name === "GATEWAY_FILES").value).toBe(
      "/etc/baas/gateway,/etc/baas/callers",
    );
  });

  it("answers at a name of its own", () => {
    const { data } = one(all, "core/v1:ConfigMap", "gateway");
    expect(data["routes.map"]).toContain("mtls-api.net.example.com callers\n");
    expect(data["haproxy.cfg"]).toMatch(/ca-file \/etc\/baas\/callers verify optional/);
    expect(one(all, "core/v1:ConfigMap", "gateway").data).not.toHaveProperty("partner.crl");
  });
});

it("asks for no certificates unless it is told to", async () => {
  const { data } = one(await network({ api }), "core/v1:ConfigMap", "gateway");
  expect(data["haproxy.cfg"]).not.toContain("callers");
  expect(data["routes.map"]).not.toContain("mtls");
});

it("leaves the number of its pods, and of the gateway's, to autoscalers within bounds", async () => {
  const autoscaling = { maxReplicas: 6, cpu: "500m" };
  const database = { database: "postgresql", databaseSecret: "calls", replicas: 1, autoscaling };
  const all = await network({
    api: { ...api, ...database },
    gateway: { port: 30443, autoscaling: { maxReplicas: 9 } },
  });
  const autoscaler = (name: string) => {
    const { spec, metadata } = one(all, "autoscaling/v2:HorizontalPodAutoscaler", name);
    const [{ resource }] = spec.metrics;
    return [metadata.namespace, spec.scaleTargetRef, spec.minReplicas, spec.maxReplicas, resource];
  };
  const target = (kind: string, name: string) => ({ apiVersion: "apps/v1", kind, name });
  const cpu = (averageValue: string) => ({ name: "cpu", target: { type: "AverageValue", averageValue } });
  expect(autoscaler("api")).toEqual(["net", target("StatefulSet", "api"), 1, 6, cpu("500m")]);
  expect(autoscaler("gateway")).toEqual(["net", target("Deployment", "gateway"), 2, 9, cpu("700m")]);
  // One that may come to have several.
  expect(names(all, "policy/v1:PodDisruptionBudget")).toContain("api");
  expect([ownedByAutoscaler({ maxReplicas: 6, cpu: "500m" }), ownedByAutoscaler(undefined)]).toEqual([
    ["spec.replicas"],
    [],
  ]);
});

it("has no volume with PostgreSQL, and any number of pods", async () => {
  const database = { database: "postgresql", databaseSecret: "calls", replicas: 3 };
  const all = await network({ api: { ...api, ...database } });
  const { replicas, volumeClaimTemplates, template } = statefulSet(all);
  expect([replicas, volumeClaimTemplates]).toEqual([3, undefined]);
  expect(template.spec.volumes.find(({ name }: any) => name === "database").secret.secretName).toBe("calls");
  expect(names(all, "policy/v1:PodDisruptionBudget")).toContain("api");
  expect(opened(policy(all, "api").egress).at(-1)).toBe("443 5432: anywhere");
});
