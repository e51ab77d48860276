import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { jsonLog } from "../../common/log";
import { FabricCaDouble } from "../../common/testing/fabricCaDouble";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { collections } from "./resources";
import { startManager } from "./testing/startManager";

const dev = "dev";
const labels = { "baas.io/network": "dev" };
let kubernetes: KubernetesDouble;
let server: FabricCaDouble;
let lines: string[];
let stop: () => Promise<void>;

const at = (collection: string, name: string) => kubernetes.objects.get(`${collection}/${name}`);
const authority = () => at(collections.certificateAuthorities(dev), "ca-org1");
const identity = (name = "peer0-org1") => at(collections.identities(dev), name);
const secret = (name: string, key: string) =>
  Buffer.from(at(collections.secrets(dev), name)?.data[key] ?? "", "base64").toString();
const reason = (object: ReturnType<typeof authority>) => object?.status?.conditions[0].reason as string | undefined;
const until = (check: () => void) => vi.waitFor(check, { timeout: 8000, interval: 20 });
const untilReason = (find: () => ReturnType<typeof authority>, wanted: string) =>
  until(() => expect(reason(find())).toBe(wanted));

function start(): void {
  stop = startManager(kubernetes, { log: jsonLog("debug", (line) => lines.push(line)) });
}

function applyAuthority(): void {
  kubernetes.apply(collections.certificateAuthorities(dev), {
    metadata: { name: "ca-org1", namespace: dev, labels },
    spec: { organization: "org1", mspId: "Org1MSP", domain: "org1.example.com", url: server.url },
  });
}

function applyIdentity(name = "peer0-org1", enrolmentId = "peer0", type = "peer"): void {
  kubernetes.apply(collections.identities(dev), {
    metadata: { name, namespace: dev, labels },
    spec: { certificateAuthority: "ca-org1", enrolmentId, type },
  });
}

/** What the CA's pod does: starts with the registrar's password, and publishes its roots. */
async function startCa(): Promise<void> {
  await until(() => expect(secret("ca-org1-registrar", "password")).not.toBe(""));
  server.bootstrap(secret("ca-org1-registrar", "password"));
  kubernetes.apply(collections.configMaps(dev), {
    metadata: { name: "ca-org1-roots", namespace: dev, labels: { "app.kubernetes.io/managed-by": "baas-enrol" } },
    data: { "ca.pem": server.ca.pem, "tlsca.pem": server.tlsca.pem },
  });
}

async function everythingReady(): Promise<void> {
  applyAuthority();
  applyIdentity();
  await startCa();
  await untilReason(identity, "Registered");
}

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  server = await FabricCaDouble.start();
  lines = [];
  start();
});

afterEach(async () => {
  await stop();
  await server.stop();
  await kubernetes.stop();
});

describe("a new organization", () => {
  it("gets its Secrets first, says what it waits for, and is ready when the CA has published its roots", async () => {
    applyAuthority();
    applyIdentity();
    await untilReason(authority, "RootsNotPublished");
    await untilReason(identity, "CertificateAuthorityNotReady");
    expect(secret("peer0-org1-enrolment", "enrolmentId")).toBe("peer0");
    expect(secret("peer0-org1-enrolment", "enrolmentSecret")).toMatch(/^[\w-]{43}$/);
    await startCa();
    await untilReason(identity, "Registered");
    expect(authority()!.status).toMatchObject({
      observedGeneration: 1,
      conditions: [{ type: "Ready", status: "True" }],
    });
    const registered = { secret: secret("peer0-org1-enrolment", "enrolmentSecret"), type: "peer", maxEnrollments: -1 };
    expect(server.registered.ca.get("peer0")).toEqual(registered);
    expect(server.registered.tlsca.get("peer0")).toEqual(registered);
  });

  it("has Secrets that belong to the network, outlive their owner, and are found by purge", async () => {
    await everythingReady();
    for (const name of ["ca-org1-registrar", "peer0-org1-enrolment"]) {
      const { metadata } = at(collections.secrets(dev), name)!;
      expect(metadata.labels["baas.io/network"]).toBe("dev");
      expect(metadata.annotations["baas.io/retain"]).toBe("until-purge");
      expect(metadata).not.toHaveProperty("ownerReferences");
    }
  });

  it("shows its transitions as Events", async () => {
    await everythingReady();
    const events = () =>
      [...kubernetes.objects].filter(([path]) => path.includes("/events/")).map(([, event]) => event);
    // An Event is written after the status that it tells of.
    await until(() =>
      expect(events().map(({ involvedObject, type, reason }) => `${involvedObject.kind} ${type} ${reason}`)).toEqual(
        expect.arrayContaining(["CertificateAuthority Normal Available", "Identity Normal Registered"]),
      ),
    );
  });

  it("leaves no secret in the log, the status or the events", async () => {
    await everythingReady();
    const readable = [
      ...lines,
      ...[...kubernetes.objects]
        .filter(([path]) => !path.includes("/secrets/"))
        .map(([, object]) => JSON.stringify(object)),
    ].join("\n");
    for (const value of [secret("ca-org1-registrar", "password"), secret("peer0-org1-enrolment", "enrolmentSecret")]) {
      expect(value).not.toBe("");
      expect(readable).not.toContain(value);
    }
  });

  it("settles: nothing is written once everything is ready", async () => {
    await everythingReady();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const calls = [kubernetes.calls.length, server.calls.length];
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect([kubernetes.calls.length, server.calls.length]).toEqual(calls);
  });
});

describe("a CA", () => {
  it("that starts slowly is waited for", async () => {
    server.mood = "503 with an empty body";
    applyAuthority();
    applyIdentity();
    await startCa();
    await untilReason(authority, "CertificateAuthorityUnreachable");
    server.mood = "well";
    await untilReason(identity, "Registered");
  });

  it("whose root changed is not trusted", async () => {
    await everythingReady();
    server = await server.reborn();
    await stop();
    start();
    await untilReason(authority, "RootChanged");
    expect(authority()!.status.conditions[0].message).toMatch(/restore the CA's volume/);
    expect(server.registered.ca.size).toBe(0);
  });

  it("that has another registrar's password says which Secret to restore", async () => {
    applyAuthority();
    await until(() => expect(secret("ca-org1-registrar", "password")).not.toBe(""));
    await startCa();
    server.bootstrap("another");
    await untilReason(authority, "RegistrarRejected");
    server.bootstrap(secret("ca-org1-registrar", "password"));
    await untilReason(authority, "Available");
  });
});

describe("an identity", () => {
  it("is registered once, whatever restarts", async () => {
    await everythingReady();
    const before = server.calls.filter((call) => call.includes("register") && call.includes("POST")).length;
    await stop();
    start();
    applyIdentity("peer1-org1", "peer1");
    await untilReason(() => identity("peer1-org1"), "Registered");
    expect(server.calls.filter((call) => call.endsWith("POST /register"))).toHaveLength(before + 2);
    expect(server.calls.filter((call) => call.includes("PUT"))).toEqual([]);
  });

  it("that the CA forgot is registered again", async () => {
    await everythingReady();
    server.registered.ca.delete("peer0");
    await stop();
    start();
    await until(() => expect(server.registered.ca.has("peer0")).toBe(true));
  });

  it("whose Secret was lost gets a new one, and the CA learns it", async () => {
    await everythingReady();
    kubernetes.remove(`${collections.secrets(dev)}/peer0-org1-enrolment`);
    kubernetes.remove(`${collections.identities(dev)}/peer0-org1`);
    applyIdentity();
    await untilReason(identity, "Registered");
    const value = secret("peer0-org1-enrolment", "enrolmentSecret");
    expect(server.registered.ca.get("peer0")!.secret).toBe(value);
    expect(server.registered.tlsca.get("peer0")!.secret).toBe(value);
  });

  it.each(["between the Secret and the first registration", "between the two registrations"])(
    "survives a crash %s",
    async (when) => {
      applyAuthority();
      await startCa();
      await untilReason(authority, "Available");
      const enrolmentSecret = "made-before-the-crash";
      kubernetes.apply(collections.secrets(dev), {
        metadata: { name: "peer0-org1-enrolment", namespace: dev },
        stringData: { enrolmentId: "peer0", enrolmentSecret },
      });
      if (when.startsWith("between the two")) {
        server.registered.ca.set("peer0", { secret: enrolmentSecret, type: "peer", maxEnrollments: -1 });
      }
      applyIdentity();
      await untilReason(identity, "Registered");
      for (const ca of Object.values(server.registered)) expect(ca.get("peer0")!.secret).toBe(enrolmentSecret);
    },
  );

  it("of an unknown CA says so, and is registered when the CA comes", async () => {
    applyIdentity();
    await untilReason(identity, "CertificateAuthorityNotFound");
    applyAuthority();
    await startCa();
    await untilReason(identity, "Registered");
  });

  it("cannot take another one's enrolment ID until that one is gone", async () => {
    await everythingReady();
    applyIdentity("impostor", "peer0", "admin");
    await untilReason(() => identity("impostor"), "EnrolmentIdTaken");
    expect(server.registered.ca.get("peer0")!.type).toBe("peer");
    kubernetes.remove(`${collections.identities(dev)}/peer0-org1`);
    await untilReason(() => identity("impostor"), "Registered");
  });

  it("cannot be the registrar", async () => {
    applyIdentity("evil", "registrar", "admin");
    await untilReason(() => identity("evil"), "EnrolmentIdReserved");
  });
});

it("a status that someone else wrote meanwhile is computed anew", async () => {
  let conflicts = 2;
  kubernetes.intercept = (method, path) =>
    method === "PATCH" && path.includes("certificateauthorities") && conflicts-- > 0 ? 409 : undefined;
  await everythingReady();
  expect(conflicts).toBeLessThan(0);
  expect(lines.join()).not.toContain("reconciliation failed");
});

it("an API server that fails is tried again", async () => {
  let failures = 3;
  kubernetes.intercept = (method, path) =>
    method === "POST" && path.includes("secrets") && failures-- > 0 ? 500 : undefined;
  await everythingReady();
});
