import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { FabricCa } from "../../common/fabricCa/caRegistrar";
import { jsonLog } from "../../common/log";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import type { CertificateAuthorities } from "./certificateAuthorities";
import type { IssuedCertificates } from "./issuedCertificates";
import { certificateAuthorities, identities, type Kind } from "./kinds";
import type { SeenObjects } from "./objects";
import { PurgedNetworks } from "./purgedNetworks";
import { collections, keyOf, type KubernetesObject } from "./resources";
import { clientOf } from "./testing/apiClient";

const hour = 60 * 60_000;
const platform = "baas-platform";
const key = `${platform}/platform-ca`;
const isReady = { observedGeneration: 1, conditions: [{ type: "Ready", status: "True" }] };
const authority = {
  metadata: { name: "platform-ca", namespace: platform, generation: 1 },
  spec: { organization: "platform", scope: "platform" },
  status: isReady,
} as unknown as KubernetesObject;
let kubernetes: KubernetesDouble;
let purgedNetworks: PurgedNetworks;
let seen: Map<Kind<any>, KubernetesObject[]>;
/** Names that the CAs have issued certificates for. */
let issuedTo: string[];
/** What the CAs were told to remove, such as `kafka orderer0.dev`. */
let removed: string[];
let failing: string | undefined;
let time: number;

/** What a network has even when it was destroyed, until it is purged. */
function keepRoots(namespace: string): void {
  kubernetes.apply(collections.configMaps(namespace), { metadata: { name: "platform-ca-roots", namespace }, data: {} });
}

/** Lets hours go by, and the certificates be looked at. */
async function look(hours = 0): Promise<void> {
  time += hours * hour;
  const before = looks;
  purgedNetworks.wake(key);
  await vi.waitFor(() => expect(looks).toBeGreaterThan(before), { timeout: 4000, interval: 20 });
  await new Promise((resolve) => setTimeout(resolve, 150));
}
let looks: number;

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  [issuedTo, removed, failing, time, looks] = [[], [], undefined, Date.now(), 0];
  seen = new Map<Kind<any>, KubernetesObject[]>([
    [certificateAuthorities, [authority]],
    [identities, []],
  ]);
  const of = (caName: string) => ({
    remove: async (id: string) => {
      if (id === failing) throw new Error("the CA cannot remove it");
      removed.push(`${caName} ${id}`);
      issuedTo = issuedTo.filter((name) => name !== id);
    },
  });
  const client = { kafka: of("kafka"), operations: of("operations") } as unknown as FabricCa;
  const objects = {
    list: (kind: Kind<any>) => seen.get(kind)!,
    get: (kind: Kind<any>, wanted: string) => seen.get(kind)!.find((one) => keyOf(one) === wanted),
  } as SeenObjects;
  const reading = async () => {
    looks++;
    return { at: time, certificates: issuedTo.map((identity) => ({ identity, kind: "identity" })) };
  };
  purgedNetworks = new PurgedNetworks({
    api: clientOf(kubernetes),
    authorities: { client: async () => ({ client, roots: {} }) } as unknown as CertificateAuthorities,
    issued: { of: reading } as unknown as IssuedCertificates,
    ...{ objects, now: () => time, log: jsonLog("error", () => {}), platformNamespace: platform },
  });
  purgedNetworks.queue.start();
});

afterEach(async () => {
  await purgedNetworks.queue.stop();
  await kubernetes.stop();
});

describe("names of a network at the platform's CAs", () => {
  it("are removed a day after it was purged, and those of others stay", async () => {
    issuedTo = ["orderer0-orderer.old", "orderer0-orderer.dev", "kafka0.baas-platform", "registrar", ""];
    keepRoots("dev");
    await look();
    await look(23);
    expect(removed).toEqual([]);
    await look(2);
    expect(removed).toEqual(["kafka orderer0-orderer.old", "operations orderer0-orderer.old"]);
  });

  it("stay while it is destroyed, and still has its copy of the platform's roots", async () => {
    issuedTo = ["orderer0-orderer.dev"];
    keepRoots("dev");
    await look();
    await look(1000);
    expect(removed).toEqual([]);
  });

  it.each([
    ["CertificateAuthority", certificateAuthorities],
    ["Identity", identities],
  ] as const)("stay while it has a %s, and count anew when it goes again", async (_, kind) => {
    issuedTo = ["orderer0-orderer.dev"];
    await look();
    const own = { metadata: { name: "own", namespace: "dev" }, spec: {} } as unknown as KubernetesObject;
    seen.get(kind)!.push(own);
    await look(25);
    seen.get(kind)!.pop();
    await look(1);
    await look(23);
    expect(removed).toEqual([]);
    await look(1);
    expect(removed).toEqual(["kafka orderer0-orderer.dev", "operations orderer0-orderer.dev"]);
  });

  it.each([
    ["a.old", "b.old"],
    ["b.old", "a.old"],
  ])("are tried again when a CA could not remove one, which keeps no other", async (...names) => {
    issuedTo = names;
    failing = "b.old";
    await look();
    await look(25);
    expect(removed).toEqual(["kafka a.old", "operations a.old"]);
    failing = undefined;
    await look();
    expect(removed.slice(2)).toEqual(["kafka b.old", "operations b.old"]);
  });

  it("stay while the platform's CA is not ready", async () => {
    issuedTo = ["a.old"];
    await look();
    time += 25 * hour;
    seen.set(certificateAuthorities, [{ ...authority, status: {} } as KubernetesObject]);
    purgedNetworks.wake(key);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(removed).toEqual([]);
  });

  it("are looked for at no CertificateAuthority that a network has made", async () => {
    purgedNetworks.wake("dev/platform-ca");
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(looks).toBe(0);
  });
});
