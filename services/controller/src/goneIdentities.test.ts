import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { FabricCaDouble } from "../../common/testing/fabricCaDouble";
import type { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { collections } from "./resources";
import { OrganizationDouble } from "./testing/organizationDouble";

const dev = "dev";
const day = 24 * 60 * 60_000;
const old = "asset-1-0-org1";
let kubernetes: KubernetesDouble;
let server: FabricCaDouble;
let organization: OrganizationDouble;

const secretOf = (name: string) => kubernetes.objects.get(`${collections.secrets(dev)}/${name}-enrolment`);
const goneSince = (name: string) => secretOf(name)?.metadata.annotations["baas.io/identity-gone-since"];
const isKnown = (id: string) => [server.registered.ca, server.registered.tlsca].map((ca) => ca.has(id));
const until = (check: () => void) => vi.waitFor(check, { timeout: 8000, interval: 20 });
const remove = (collection: string, name: string) => kubernetes.remove(`${collection}/${name}`);
const removals = () => server.calls.filter((call) => call.includes("DELETE"));

/** A controller that starts anew some days later, and has looked at the Secrets. */
async function restart(days: number): Promise<void> {
  await organization.stopController();
  const looks = () => kubernetes.calls.filter((call) => call === `GET ${collections.secrets(dev)}`).length;
  const before = looks();
  organization.startController(days * day);
  await until(() => expect(looks()).toBeGreaterThan(before));
  await new Promise((resolve) => setTimeout(resolve, 200));
}

const authority = () => organization.declareAuthority();
const identity = (name: string, enrolmentId: string, type?: string) =>
  organization.declareIdentity(name, enrolmentId, type);

function declare(): void {
  authority();
  identity("admin-org1", "admin", "admin");
  identity("peer0-org1", "peer0", "peer");
  identity(old, old);
}

beforeEach(async () => {
  organization = await OrganizationDouble.start("p");
  ({ kubernetes, server } = organization);
  declare();
  organization.startController();
  for (const id of ["admin", "peer0", old]) await until(() => expect(isKnown(id)).toEqual([true, true]));
  await until(() => expect(secretOf(old)!.metadata.annotations["baas.io/registered"]).toBeDefined());
});

afterEach(() => organization.stop());

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
    await organization.stopController();
    organization.startController(100 * day);
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
    await organization.stopController();
    const made = authority();
    made.metadata.creationTimestamp = new Date(Date.now() + 100 * day).toISOString();
    identity("admin-org1", "admin", "admin");
    organization.startController(100 * day);
    await restart(0.5);
    expect(secretOf(old)!.data.enrolmentSecret).toBe(before);
    identity(old, old);
    await until(() => expect(goneSince(old)).toBeUndefined());
    expect(removals()).toEqual([]);
  });

  it("is left alone while only its administrator is gone, as when a destroy has stopped halfway", async () => {
    for (const name of [old, "admin-org1"]) remove(collections.identities(dev), name);
    await organization.stopController();
    organization.startController(10 * day);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(secretOf(old)).toBeDefined();
    expect(removals()).toEqual([]);
  });
});
