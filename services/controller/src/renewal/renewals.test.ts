import { beforeEach, describe, expect, it } from "vitest";

import { renewRequestedAnnotation } from "../../../../model/contracts/annotations";
import { instanceLabel } from "../../../../model/contracts/labels";
import { CaError } from "../../../common/fabricCa/caError";
import type { ReadCertificate } from "../issuedCertificates";
import { certificateAuthorities, identities, type Kind, pods } from "../kinds";
import type { SeenObjects } from "../objects";
import { reducePod, type SeenPod } from "../pods";
import type { KubernetesObject } from "../resources";
import { dueAt } from "./renewalDue";
import { Renewals } from "./renewals";

const day = 24 * 60 * 60_000;
const start = Date.UTC(2030, 0, 1);
const [peer, ca] = ["dev/peer0-org1", "dev/ca-org1"];

let now: number;
let listed: ReadCertificate[] | Error;
let readings: number[];
let ready: boolean;
let annotations: Record<string, string>;
let seenPods: SeenPod[];
let announced: string[];

const iso = (time: number) => new Date(time).toISOString();
const root = (name: "ca" | "tlsca"): ReadCertificate => ({
  ca: name,
  kind: "root",
  identity: "",
  from: start - day,
  until: start + 5000 * day,
});
const year = (name: "ca" | "tlsca", identity: string, from: number): ReadCertificate => ({
  ca: name,
  kind: identity === "" ? "server" : "identity",
  identity,
  from,
  until: from + 365 * day,
});
const life = { from: start, until: start + 365 * day };

/** A pod of a node, which has enrolled. */
function pod(key: string, startedAt: number, enrolled = true, more: object = {}): SeenPod {
  const [namespace, name] = key.split("/") as [string, string];
  return reducePod({
    metadata: {
      name: `${name}-0`,
      namespace,
      creationTimestamp: iso(startedAt),
      labels: { [instanceLabel]: name },
      ...more,
    },
    status: {
      conditions: [
        { type: "Initialized", status: enrolled ? "True" : "False", lastTransitionTime: iso(startedAt + 2000) },
      ],
    },
  });
}

const objects: SeenObjects = {
  get: <T extends KubernetesObject>(kind: Kind<T>, key: string) =>
    objects.list(kind).find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key),
  list: <T extends KubernetesObject>(kind: Kind<T>) => {
    const status = { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] };
    const lists = new Map<unknown, unknown[]>([
      [pods, seenPods],
      [certificateAuthorities, [{ metadata: { namespace: "dev", name: "ca-org1" }, spec: {}, status }]],
      [
        identities,
        [
          {
            metadata: { namespace: "dev", name: "peer0-org1", annotations },
            spec: { certificateAuthority: "ca-org1", enrolmentId: "peer0", type: "peer" },
          },
        ],
      ],
    ]);
    return lists.get(kind) as T[];
  },
};
const renewals = new Renewals({
  objects,
  now: () => now,
  announce: async ({ metadata }, requestedAt) => void announced.push(`${metadata.name} ${iso(requestedAt)}`),
  issued: {
    of: async (_, since) => {
      readings.push(since);
      if (listed instanceof Error) throw listed;
      return { certificates: listed, at: now };
    },
  },
});

beforeEach(() => {
  now = start + day;
  ready = true;
  annotations = {};
  readings = [];
  announced = [];
  listed = [
    ...(["ca", "tlsca"] as const).flatMap((name) => [root(name), year(name, "peer0", start)]),
    year("tlsca", "", start),
  ];
  seenPods = [pod(peer, start), pod(ca, start)];
});

describe("a node", () => {
  it("whose CA was restored from before it enrolled is renewed when somebody asks", async () => {
    listed = [root("ca"), root("tlsca"), year("tlsca", "", start)];
    expect((await renewals.of(peer))!.restart).toBeUndefined();
    annotations = { [renewRequestedAnnotation]: iso(now - 1000) };
    const restart = { reason: "RenewalRequested", expired: false };
    expect(await renewals.of(peer)).toMatchObject({ restart });
    expect(announced).toEqual([`peer0-org1 ${iso(now - 1000)}`]);
  });

  it("is due by the certificates of the keys that it uses, while others are only prepared", async () => {
    const prepared = start + 200 * day;
    listed = [
      root("tlsca"),
      { ...year("tlsca", "peer0", start), key: "used" },
      { ...year("tlsca", "peer0", prepared), key: "prepared" },
      year("tlsca", "", prepared),
    ];
    seenPods = [{ ...pod(peer, prepared + day), keys: { tls: "used", next: "prepared" } }, pod(ca, prepared)];
    now = start + 300 * day;
    expect(await renewals.of(peer)).toMatchObject({ restart: { reason: "CertificateDue", expired: false } });
    seenPods[0]!.keys = { tls: "prepared" };
    expect((await renewals.of(peer))?.restart).toBeUndefined();
  });

  it("need not be restarted while its certificates are young, and is looked at again in some hours", async () => {
    expect(await renewals.of(peer)).toEqual({ lookAt: now + day / 4 });
    now = dueAt(peer, life) - 1000;
    expect(await renewals.of(peer)).toEqual({ lookAt: now + 1000 });
  });

  it("must be restarted when it is due, once its CA's server has renewed its own", async () => {
    now = Math.max(dueAt(peer, life), dueAt(ca, life));
    expect((await renewals.of(ca))!.restart).toMatchObject({ reason: "CertificateDue" });
    expect(await renewals.of(peer)).toMatchObject({
      heldUp: "the certificate of the CA server ca-org1 is renewed first",
    });
    (listed as ReadCertificate[]).push(year("tlsca", "", now));
    (listed as ReadCertificate[]).splice(4, 1);
    const message = "its signing certificate ends at 2031-01-01T00:00:00Z";
    expect((await renewals.of(ca))!.restart).toBeUndefined();
    expect((await renewals.of(peer))!.restart).toEqual({
      reason: "CertificateDue",
      message,
      since: dueAt(peer, life),
      expired: false,
    });
  });

  it("does not wait for its CA's server until it is too late", async () => {
    now = start + (365 * day * 5) / 6 + 1;
    expect((await renewals.of(peer))!.restart).toMatchObject({ reason: "CertificateDue", expired: false });
    now = start + 365 * day;
    expect((await renewals.of(peer))!.restart).toMatchObject({ reason: "CertificateDue", expired: true });
  });

  it("waits while its CA is not ready, is away, or the node itself is enrolling", async () => {
    now = start + 300 * day;
    seenPods = [pod(peer, now, false), pod(ca, start)];
    expect(await renewals.of(peer)).toEqual({ heldUp: "pod peer0-org1-0 is enrolling", lookAt: now + 30_000 });
    seenPods = [pod(peer, start), pod(ca, start)];
    listed = new CaError("Unreachable", "CA ca is not reachable");
    expect(await renewals.of(peer)).toEqual({ heldUp: "CA ca is not reachable", lookAt: now + 30_000 });
    ready = false;
    expect(await renewals.of(peer)).toEqual({
      heldUp: "CertificateAuthority ca-org1 is not ready",
      lookAt: now + 30_000,
    });
  });

  it("that was restarted and got no new certificate is tried again after a wait, and that is said", async () => {
    now = Math.ceil(dueAt(peer, life) / 1000) * 1000 + 60_000;
    seenPods = [pod(peer, now)];
    const told = await renewals.of(peer);
    expect(told!.restart).toBeUndefined();
    expect(told!.heldUp).toContain("dev/peer0-org1 was restarted and has not got a new signing certificate");
    now += 2000 + 10 * 60_000;
    expect((await renewals.of(peer))!.restart).toMatchObject({ reason: "RenewalFailed", since: now });
  });

  it("is not taken for renewed when somebody else enrols under its name", async () => {
    now = start + 300 * day;
    seenPods = [pod(peer, start)];
    for (const name of ["ca", "tlsca"] as const) {
      (listed as ReadCertificate[]).push(year(name, "peer0", start + 200 * day));
    }
    expect((await renewals.of(peer))!.restart).toMatchObject({ reason: "CertificateDue" });
    // It has started later, and so has the newer ones.
    seenPods = [pod(peer, start + 201 * day)];
    expect((await renewals.of(peer))!.restart).toBeUndefined();
  });

  it("is restarted when somebody asks for it", async () => {
    annotations = { [renewRequestedAnnotation]: iso(now - 1000) };
    expect((await renewals.of(peer))!.restart).toMatchObject({
      reason: "RenewalRequested",
      message: "new certificates were asked for at 2030-01-01T23:59:59Z",
    });
    expect(announced).toEqual([`peer0-org1 ${iso(now - 1000)}`]);
  });

  it("that never starts keeps no other pod of the same server from renewing", async () => {
    now = start + 300 * day;
    seenPods = [pod(peer, start), pod(peer, now, false)];
    expect((await renewals.of(peer))!.restart).toMatchObject({ reason: "CertificateDue" });
  });

  it("is judged by the oldest of its pods, without those that have ended", async () => {
    now = start + 300 * day;
    (listed as ReadCertificate[]).push(...(["ca", "tlsca"] as const).map((name) => year(name, "peer0", now - day)));
    const young = pod(peer, now - day + 1000);
    seenPods = [pod(peer, start), young];
    expect((await renewals.of(peer))!.restart).toMatchObject({ reason: "CertificateDue" });
    seenPods = [pod(peer, start, true, { deletionTimestamp: iso(now) }), young];
    expect((await renewals.of(peer))!.restart).toBeUndefined();
  });

  it("needs a reading of the CA that is newer than its start", async () => {
    await renewals.of(peer);
    expect(readings[0]).toBeGreaterThan(start + 2000);
  });

  it("that is not there, or does not enrol, is not known", async () => {
    expect(await renewals.of("dev/peer9-org1")).toBeUndefined();
    seenPods.push(pod("dev/gateway", start));
    expect(await renewals.of("dev/gateway")).toBeUndefined();
  });
});

it("a CA server whose certificate has expired is restarted, though it is not ready and nobody can read the certificate", async () => {
  ready = false;
  listed = new CaError("ServerCertificateInvalid", "not valid", "CERT_HAS_EXPIRED");
  expect((await renewals.of(ca))!.restart).toMatchObject({ reason: "CertificateDue" });
  seenPods = [pod(ca, now - 1000)];
  expect((await renewals.of(ca))!.restart).toBeUndefined();
});
