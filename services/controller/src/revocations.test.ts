import { X509Certificate } from "node:crypto";

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { issuedBy, parseRevocationLists } from "../../common/revocationLists";
import { FabricCaDouble } from "../../common/testing/fabricCaDouble";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { collections } from "./resources";
import { startManager } from "./testing/startManager";

const dev = "dev";
const labels = { "baas.io/network": "trade" };
const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 8000, interval: 20 });
let kubernetes: KubernetesDouble;
let server: FabricCaDouble;
let stop: () => Promise<void>;

/** The authority, with a spec that differs from the one before. */
function declare(more: object): void {
  kubernetes.apply(collections.certificateAuthorities(dev), {
    metadata: { name: "ca-org1", namespace: dev, labels },
    spec: { organization: "org1", mspId: "Org1MSP", domain: "org1.example.com", url: server.url, ...more },
  });
}

const published = () => kubernetes.objects.get(`${collections.secrets(dev)}/ca-org1-revocations`);
const text = () => Buffer.from(published()?.data["ca.crl"] ?? "", "base64").toString();
const status = () =>
  kubernetes.objects.get(`${collections.certificateAuthorities(dev)}/ca-org1`)?.status?.conditions[0];

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  server = await FabricCaDouble.start();
  server.bootstrap("p");
  kubernetes.apply(collections.secrets(dev), {
    metadata: { name: "ca-org1-registrar", namespace: dev },
    stringData: { username: "registrar", password: "p" },
  });
  kubernetes.apply(collections.configMaps(dev), {
    metadata: { name: "ca-org1-roots", namespace: dev, labels: { "app.kubernetes.io/managed-by": "baas-enrol" } },
    data: { "ca.pem": server.ca.pem, "tlsca.pem": server.tlsca.pem },
  });
  stop = startManager(kubernetes);
});

afterEach(async () => {
  await stop();
  await server.stop();
  await kubernetes.stop();
});

it("publishes what a CA has revoked, and again when there is more", async () => {
  declare({ publishRevocations: true });
  await until(() => expect(status()?.reason).toBe("Available"));
  const authority = new X509Certificate(server.ca.pem);
  const first = await issuedBy(parseRevocationLists(text()), authority);
  expect(first?.serialNumbers).toEqual([]);

  await server.issue("ca", "mallory", 30);
  const [pem] = server.issued.ca.slice(-1);
  server.revoked.ca.push(pem!);
  declare({ publishRevocations: true, domain: "other.example.com" });
  await until(async () => {
    const list = await issuedBy(parseRevocationLists(text()), authority);
    expect(list?.has(new X509Certificate(pem!).serialNumber)).toBe(true);
  });
});

it("writes nothing when nothing is new", async () => {
  declare({ publishRevocations: true });
  await until(() => expect(status()?.reason).toBe("Available"));
  const before = text();
  const asked = () => server.calls.filter((call) => call === "ca POST /gencrl").length;
  const times = asked();
  // When it asks for the second time, it has dealt with the first answer.
  for (const [i, domain] of ["other.example.com", "another.example.com"].entries()) {
    declare({ publishRevocations: true, domain });
    await until(() => expect(asked()).toBeGreaterThan(times + i));
  }
  expect(text()).toBe(before);
});

it("publishes nothing that nobody reads", async () => {
  declare({});
  await until(() => expect(status()?.reason).toBe("Available"));
  expect(published()).toBeUndefined();
  expect(server.calls).not.toContain("ca POST /gencrl");
});
