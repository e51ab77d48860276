import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { jsonLog } from "../../common/log";
import { FabricCaDouble } from "../../common/testing/fabricCaDouble";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { Manager } from "./manager";
import { Metrics } from "./metrics";
import { collections } from "./resources";
import { clientOf } from "./testing/apiClient";

const dev = "dev";
const labels = { "baas.io/network": "dev" };
const day = 24 * 60 * 60_000;
const old = "asset-1-0-org1";
let kubernetes: KubernetesDouble;
let server: FabricCaDouble;
/** How much later than now it is. */
let later: number;
let stop: () => Promise<void>;

const secretOf = (name: string) => kubernetes.objects.get(`${collections.secrets(dev)}/${name}-enrolment`);
const goneSince = (name: string) => secretOf(name)?.metadata.annotations["baas.io/identity-gone-since"];
const isKnown = (id: string) => [server.registered.ca, server.registered.tlsca].map((ca) => ca.has(id));
const until = (check: () => void) => vi.waitFor(check, { timeout: 8000, interval: 20 });
const remove = (collection: string, name: string) => kubernetes.remove(`${collection}/${name}`);
const removals = () => server.calls.filter((call) => call.includes("DELETE"));

function start(): void {
  const stopping = new AbortController();
  const log = jsonLog("error", () => {});
  const now = () => Date.now() + later;
  const running = new Manager({ api: clientOf(kubernetes), metrics: new Metrics(), log, now }).run(stopping.signal);
  stop = async () => {
    stopping.abort();
    await running;
  };
}

/** A controller that starts anew some days later, and has looked at the Secrets. */
async function restart(days: number): Promise<void> {
  await stop();
  later += days * day;
  const looks = () => kubernetes.calls.filter((call) => call === `GET ${collections.secrets(dev)}`).length;
  const before = looks();
  start();
  await until(() => expect(looks()).toBeGreaterThan(before));
  await new Promise((resolve) => setTimeout(resolve, 200));
}

function identity(name: string, enrolmentId: string, type = "client"): void {
  kubernetes.apply(collections.identities(dev), {
    metadata: { name, namespace: dev, labels },
    spec: { certificateAuthority: "ca-org1", enrolmentId, type },
  });
}

const authority = () =>
  kubernetes.apply(collections.certificateAuthorities(dev), {
    metadata: { name: "ca-org1", namespace: dev, labels },
    spec: { organization: "org1", mspId: "Org1MSP", domain: "org1.example.com", url: server.url },
  });

function declare(): void {
  authority();
  identity("admin-org1", "admin", "admin");
  identity("peer0-org1", "peer0", "peer");
  identity(old, old);
}

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  server = await FabricCaDouble.start();
  later = 0;
  server.bootstrap("p");
  kubernetes.apply(collections.secrets(dev), {
    metadata: { name: "ca-org1-registrar", namespace: dev },
    stringData: { username: "registrar", password: "p" },
  });
  kubernetes.apply(collections.configMaps(dev), {
    metadata: { name: "ca-org1-roots", namespace: dev, labels: { "app.kubernetes.io/managed-by": "baas-enrol" } },
    data: { "ca.pem": server.ca.pem, "tlsca.pem": server.tlsca.pem },
  });
  declare();
  start();
  for (const id of ["admin", "peer0", old]) await until(() => expect(isKnown(id)).toEqual([true, true]));
  await until(() => expect(secretOf(old)!.metadata.annotations["baas.io/registered"]).toBeDefined());
});

afterEach(async () => {
  await stop();
  await server.stop();
  await kubernetes.stop();
});

describe("an identity that is gone while its network lives on", () => {
  it("is removed from both CAs after a day, and its Secret with it", async () => {
    remove(collections.identities(dev), old);
    await until(() => expect(goneSince(old)).toBeDefined());
    await restart(0.9);
    expect(secretOf(old)).toBeDefined();
    await restart(0.2);
    await until(() => expect(secretOf(old)).toBeUndefined());
    expect(isKnown(old)).toEqual([false, false]);
    expect(isKnown("peer0")).toEqual([true, true]);
    expect(secretOf("peer0-org1")).toBeDefined();
  });

  it("is removed by a controller that was killed between the two CAs", async () => {
    remove(collections.identities(dev), old);
    await until(() => expect(goneSince(old)).toBeDefined());
    server.onCall = (call, moment) =>
      call === `tlsca DELETE /identities/${old}` && moment === "before" ? "drop" : undefined;
    await restart(2);
    await until(() => expect(isKnown(old)).toEqual([false, true]));
    expect(secretOf(old)).toBeDefined();
    server.onCall = () => {};
    await restart(0);
    await until(() => expect(secretOf(old)).toBeUndefined());
    expect(isKnown(old)).toEqual([false, false]);
  });

  it("is kept when it comes back in time, and counts anew when it goes again", async () => {
    remove(collections.identities(dev), old);
    await until(() => expect(goneSince(old)).toBeDefined());
    identity(old, old);
    await until(() => expect(goneSince(old)).toBeUndefined());
    await restart(2);
    expect(isKnown(old)).toEqual([true, true]);
    remove(collections.identities(dev), old);
    await restart(0);
    expect(secretOf(old)).toBeDefined();
  });

  it("that comes back later is registered anew, and its next start renews certificates that are revoked", async () => {
    remove(collections.identities(dev), old);
    await until(() => expect(goneSince(old)).toBeDefined());
    await restart(2);
    await until(() => expect(secretOf(old)).toBeUndefined());
    identity(old, old);
    await until(() => expect(isKnown(old)).toEqual([true, true]));
    const renewIssuedBefore = Buffer.from(secretOf(old)!.data.renewIssuedBefore, "base64").toString();
    expect(Date.parse(renewIssuedBefore)).toBeGreaterThan(Date.now() + day);
  });

  it("of an earlier release, whose Secret names no authority, is removed, too", async () => {
    kubernetes.apply(collections.secrets(dev), {
      metadata: {
        name: "asset-0-9-org1-enrolment",
        namespace: dev,
        labels: { "app.kubernetes.io/managed-by": "baas-controller" },
        annotations: { "baas.io/retain": "until-purge" },
      },
      stringData: { enrolmentId: "asset-0-9-org1", enrolmentSecret: "s" },
    });
    server.register("asset-0-9-org1", "s", "client");
    await restart(0);
    await until(() => expect(goneSince("asset-0-9-org1")).toBeDefined());
    await restart(2);
    await until(() => expect(secretOf("asset-0-9-org1")).toBeUndefined());
    expect(isKnown("asset-0-9-org1")).toEqual([false, false]);
  });

  it("whose enrolment ID another Identity has is kept at the CAs; only the Secret goes", async () => {
    remove(collections.identities(dev), old);
    identity("renamed-org1", old);
    await until(() => expect(goneSince(old)).toBeDefined());
    await restart(2);
    await until(() => expect(secretOf(old)).toBeUndefined());
    expect(removals()).toEqual([]);
  });
});

describe("a network that is destroyed", () => {
  it("keeps its Secrets and its identities, however long, with the CertificateAuthority gone last", async () => {
    // As `destroy` does: identities first, which the controller sees gone while the CA lives on.
    for (const name of [old, "peer0-org1"]) remove(collections.identities(dev), name);
    await until(() => expect(goneSince(old)).toBeDefined());
    remove(collections.identities(dev), "admin-org1");
    remove(collections.certificateAuthorities(dev), "ca-org1");
    await stop();
    later += 100 * day;
    start();
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const name of ["admin-org1", "peer0-org1", old]) expect(secretOf(name)).toBeDefined();
    expect(removals()).toEqual([]);
  });

  it("and comes back after months, its CertificateAuthority long before its Identities, loses nothing", async () => {
    remove(collections.identities(dev), old);
    await until(() => expect(goneSince(old)).toBeDefined());
    remove(collections.identities(dev), "admin-org1");
    remove(collections.certificateAuthorities(dev), "ca-org1");
    const before = secretOf(old)!.data.enrolmentSecret;
    await stop();
    later += 100 * day;
    const made = authority();
    made.metadata.creationTimestamp = new Date(Date.now() + later).toISOString();
    identity("admin-org1", "admin", "admin");
    start();
    await restart(0.5);
    expect(secretOf(old)!.data.enrolmentSecret).toBe(before);
    identity(old, old);
    await until(() => expect(goneSince(old)).toBeUndefined());
    expect(removals()).toEqual([]);
  });

  it("is left alone while only its administrator is gone, as when a destroy has stopped halfway", async () => {
    for (const name of [old, "admin-org1"]) remove(collections.identities(dev), name);
    await stop();
    later += 10 * day;
    start();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(secretOf(old)).toBeDefined();
    expect(removals()).toEqual([]);
  });
});
