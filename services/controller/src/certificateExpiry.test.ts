import { X509Certificate } from "node:crypto";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { jsonLog } from "../../common/log";
import { FabricCaDouble } from "../../common/testing/fabricCaDouble";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { Metrics } from "./metrics";
import { collections } from "./resources";
import { startManager } from "./testing/startManager";

const dev = "dev";
const metric = "baas_certificate_expiration_timestamp_seconds";
const within = 200;
const password = "registrar-password";
const labels = { "baas.io/network": "trade" };
let kubernetes: KubernetesDouble;
let server: FabricCaDouble;
let metrics: Metrics;
let lines: string[];
let stop: () => Promise<void>;

const authority = () => kubernetes.objects.get(`${collections.certificateAuthorities(dev)}/ca-org1`);
const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 8000, interval: 20 });
const expiry = (pem: string) => Date.parse(new X509Certificate(pem).validTo) / 1000;
const registrar = (issued: string[]) =>
  expiry(issued.find((pem) => new X509Certificate(pem).subject.includes("CN=registrar"))!);
const readings = () => server.calls.filter((call) => call === "tlsca GET /certificates").length;
const complaints = () => lines.filter((line) => line.includes("cannot read when certificates expire"));

/** When certificates expire, by CA and whose they are. */
async function series(): Promise<Record<string, number>> {
  const { values } = await metrics.registry.getSingleMetric(metric)!.get();
  return Object.fromEntries(
    values.map(({ labels: { ca, kind, identity }, value }) => [`${ca} ${identity || kind}`, value]),
  );
}

function applyIdentity(name: string): void {
  kubernetes.apply(collections.identities(dev), {
    metadata: { name: `${name}-org1`, namespace: dev, labels },
    spec: { certificateAuthority: "ca-org1", enrolmentId: name, type: "peer" },
  });
}

/** A node becomes ready, as its Service shows it. */
function nodeReady(name: string, address = "10.0.0.1"): void {
  kubernetes.apply(collections.endpointSlices(dev), {
    metadata: { name, namespace: dev, labels: { ...labels, "kubernetes.io/service-name": name } },
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  });
}

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  server = await FabricCaDouble.start();
  server.bootstrap(password);
  kubernetes.apply(collections.secrets(dev), {
    metadata: { name: "ca-org1-registrar", namespace: dev },
    stringData: { username: "registrar", password: password },
  });
  kubernetes.apply(collections.configMaps(dev), {
    metadata: { name: "ca-org1-roots", namespace: dev, labels: { "app.kubernetes.io/managed-by": "baas-enrol" } },
    data: { "ca.pem": server.ca.pem, "tlsca.pem": server.tlsca.pem },
  });
  kubernetes.apply(collections.certificateAuthorities(dev), {
    metadata: { name: "ca-org1", namespace: dev, labels },
    spec: { organization: "org1", mspId: "Org1MSP", domain: "org1.example.com", url: server.url },
  });
  lines = [];
  metrics = new Metrics();
  const log = jsonLog("debug", (line) => lines.push(line));
  stop = startManager(kubernetes, { metrics, log, readCertificatesWithin: within });
});

afterEach(async () => {
  await stop();
  await server.stop();
  await kubernetes.stop();
});

describe("the expiry of certificates", () => {
  it("is exported of a ready CA: of its roots, its server, its registrar and the identities of its organization", async () => {
    const [signing, tls] = [await server.issue("ca", "peer0", 300), await server.issue("tlsca", "peer0", 200)];
    applyIdentity("peer0");
    nodeReady("peer0-org1");
    await until(async () =>
      expect(await series()).toEqual({
        "ca root": expiry(server.ca.pem),
        "tlsca root": expiry(server.tlsca.pem),
        "tlsca server": expect.any(Number),
        "ca registrar": registrar(server.issued.ca),
        "tlsca registrar": registrar(server.issued.tlsca),
        "ca peer0": signing,
        "tlsca peer0": tls,
      }),
    );
    const of = `namespace="dev",network="trade",organization="org1"`;
    const text = await metrics.registry.metrics();
    expect(text).toContain(`${metric}{${of},ca="ca",kind="identity",identity="peer0"} ${signing}\n`);
    expect(text).toContain(`${metric}{${of},ca="tlsca",kind="server",identity=""} `);
  });

  it("is that of the certificate that expires last, in whatever order they were issued", async () => {
    await server.issue("ca", "peer0", 10);
    const latest = await server.issue("ca", "peer0", 300);
    await server.issue("ca", "peer0", 20);
    applyIdentity("peer0");
    nodeReady("peer0-org1");
    await until(async () => expect((await series())["ca peer0"]).toBe(latest));
  });

  it("stays in view when it is past", async () => {
    const past = await server.issue("ca", "peer0", -3);
    applyIdentity("peer0");
    nodeReady("peer0-org1");
    await until(async () => expect((await series())["ca peer0"]).toBe(past));
  });

  it("is known of a node soon after the node is ready", async () => {
    applyIdentity("peer0");
    await until(async () => expect(await series()).toHaveProperty("ca root"));
    const expires = await server.issue("ca", "peer0", 300);
    nodeReady("peer0-org1");
    await until(async () => expect((await series())["ca peer0"]).toBe(expires));
  });

  it("is read once for many nodes that become ready together", async () => {
    await until(() => expect(readings()).toBeGreaterThan(0));
    await new Promise((resolve) => setTimeout(resolve, 2 * within));
    const before = readings();
    for (let n = 0; n < 20; n++) nodeReady(`peer${n}-org1`);
    await until(() => expect(readings()).toBe(before + 1));
    await new Promise((resolve) => setTimeout(resolve, 2 * within));
    expect(readings()).toBe(before + 1);
  });

  it("disappears with the Identity, although the CA remembers it", async () => {
    await server.issue("ca", "peer0", 300);
    applyIdentity("peer0");
    nodeReady("peer0-org1");
    await until(async () => expect(await series()).toHaveProperty("ca peer0"));
    kubernetes.remove(`${collections.identities(dev)}/peer0-org1`);
    await until(async () => expect(await series()).not.toHaveProperty("ca peer0"));
    expect(await series()).toHaveProperty("ca root");
  });

  it("disappears with the CertificateAuthority", async () => {
    await until(async () => expect(await series()).toHaveProperty("ca root"));
    kubernetes.remove(`${collections.certificateAuthorities(dev)}/ca-org1`);
    await until(async () => expect(await series()).toEqual({}));
  });

  it("stays as it was while the CA does not answer, which is said once and leaves the CA's condition alone", async () => {
    await until(async () => expect(await series()).toHaveProperty("ca root"));
    const [before, condition] = [await series(), authority()!.status.conditions[0]];
    const attempts = () => kubernetes.calls.filter((call) => call.endsWith("/configmaps/ca-org1-roots")).length;
    server.mood = "503 with an empty body";
    for (const address of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) {
      const tried = attempts();
      nodeReady("peer0-org1", address);
      await until(() => expect(attempts()).toBe(tried + 1));
    }
    expect(await series()).toEqual(before);
    expect(complaints()).toHaveLength(1);
    expect(complaints()[0]).toContain("HTTP status code 503");
    expect(authority()!.status.conditions[0]).toEqual(condition);

    server.mood = "well";
    applyIdentity("peer0");
    const expires = await server.issue("ca", "peer0", 300);
    nodeReady("peer0-org1", "10.0.0.4");
    await until(async () => expect((await series())["ca peer0"]).toBe(expires));
    server.mood = "503 with an empty body";
    nodeReady("peer0-org1", "10.0.0.5");
    await until(() => expect(complaints()).toHaveLength(2));
  });
});
