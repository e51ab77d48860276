import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { FabricCaDouble } from "../../../common/testing/fabricCaDouble";
import type { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { collections } from "../resources";
import { OrganizationDouble } from "../testing/organizationDouble";

const dev = "dev";
const labels = { "baas.io/network": "dev" };
const month = 30 * 24 * 60 * 60_000;
let kubernetes: KubernetesDouble;
let server: FabricCaDouble;
let organization: OrganizationDouble;

const at = (collection: string, name: string) => kubernetes.objects.get(`${collection}/${name}`);
const value = (name: string, key: string) =>
  Buffer.from(at(collections.secrets(dev), name)?.data[key] ?? "", "base64").toString();
const enrolmentSecret = () => value("peer0-org1-enrolment", "enrolmentSecret");
const password = () => value("ca-org1-registrar", "password");
const known = (id: string) => [server.registered.ca, server.registered.tlsca].map((ca) => ca.get(id)?.secret);
const reason = (collection: string, name: string) => at(collection, name)?.status?.conditions[0].reason;
const until = (check: () => void) => vi.waitFor(check, { timeout: 8000, interval: 20 });
const untilReady = () => until(() => expect(reason(collections.identities(dev), "peer0-org1")).toBe("Registered"));

/** A controller that starts anew, some months later. */
async function restart(months: number): Promise<void> {
  await organization.stopController();
  organization.startController(months * month);
}

beforeEach(async () => {
  organization = await OrganizationDouble.start("first");
  ({ kubernetes, server } = organization);
  organization.declareAuthority();
  organization.declareIdentity("peer0-org1", "peer0", "peer");
  organization.startController();
  await untilReady();
});

afterEach(() => organization.stop());

describe("the secret of an identity", () => {
  it("is kept for months, and replaced at both CAs after a third of the life of certificates", async () => {
    const first = enrolmentSecret();
    await restart(3);
    await until(() => expect(server.calls.length).toBeGreaterThan(10));
    expect(enrolmentSecret()).toBe(first);
    await restart(3);
    await until(() => expect(enrolmentSecret()).not.toBe(first));
    await until(() => expect(known("peer0")).toEqual([enrolmentSecret(), enrolmentSecret()]));
  });

  it.each([
    ["before a CA took it", "ca", "before"],
    ["when one CA has it", "tlsca", "before"],
    ["when both have it, and the Secret does not say so", "tlsca", "after"],
  ] as const)("is replaced by a controller that was killed %s", async (_, caName, moment) => {
    const first = enrolmentSecret();
    let stopped: Promise<void> | undefined;
    server.onCall = (call, when) => {
      const isUpdate = call === `${caName} PUT /identities/peer0`;
      if (isUpdate && when === moment) stopped ??= organization.stopController();
      return stopped && (isUpdate || moment === "before") ? "drop" : undefined;
    };
    kubernetes.intercept = (method, path) =>
      stopped && method === "PATCH" && path.includes("/secrets/peer0") ? 500 : undefined;
    await restart(6);
    await until(() => expect(stopped).toBeDefined());
    await stopped;
    expect(enrolmentSecret()).not.toBe(first);
    server.onCall = () => {};
    kubernetes.intercept = () => undefined;
    organization.startController();
    await until(() => expect(known("peer0")).toEqual([enrolmentSecret(), enrolmentSecret()]));
    await untilReady();
  });

  it("is not replaced while a pod is enrolling with it", async () => {
    kubernetes.apply(collections.pods(dev), {
      metadata: {
        name: "peer0-org1-0",
        namespace: dev,
        labels: { ...labels, "app.kubernetes.io/instance": "peer0-org1" },
      },
    });
    const first = enrolmentSecret();
    await restart(6);
    await until(() => expect(password()).not.toBe("first"));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(enrolmentSecret()).toBe(first);
  });
});

describe("a root that ends within three years", () => {
  it("is warned of by its CertificateAuthority, which stays ready", async () => {
    const shown = () => at(collections.certificateAuthorities(dev), "ca-org1")!.status.conditions[0];
    expect(shown().reason).toBe("Available");
    await restart((5000 - 3 * 365 + 1) / 30);
    await until(() => expect(shown()).toMatchObject({ status: "True", reason: "RootExpiring" }));
    expect(shown().message).toMatch(/A root ends at 20\d\d-\d\d-\d\d, and with it all certificates: replace it before/);
  });
});

describe("the password of a registrar", () => {
  it("is replaced at both CAs, and the one before is kept for a volume that is restored", async () => {
    await restart(6);
    await until(() => expect(password()).not.toBe("first"));
    expect(known("registrar")).toEqual([password(), password()]);
    expect(value("ca-org1-registrar", "previousPassword")).toBe("first");
    expect(value("ca-org1-registrar", "nextPassword")).toBe("");
    server.bootstrap("first");
    await restart(0);
    await until(() => expect(known("registrar")).toEqual([password(), password()]));
  });

  it.each([
    ["before a CA took it", "ca", "before"],
    ["when one CA has it", "tlsca", "before"],
    ["when both have it, and the Secret does not say so", "tlsca", "after"],
  ] as const)("is replaced by a controller that was killed %s", async (_, caName, moment) => {
    let stopped: Promise<void> | undefined;
    server.onCall = (call, when) => {
      if (call === `${caName} PUT /identities/registrar` && when === moment) stopped ??= organization.stopController();
      return stopped ? "drop" : undefined;
    };
    await restart(6);
    await until(() => expect(stopped).toBeDefined());
    await stopped;
    expect(password()).toBe("first");
    server.onCall = () => {};
    organization.startController();
    await until(() => expect(password()).not.toBe("first"));
    expect(known("registrar")).toEqual([password(), password()]);
    await untilReady();
  });
});
