import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { FabricCa } from "../../common/fabricCa/caRegistrar";
import { jsonLog } from "../../common/log";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import type { CertificateAuthorities } from "./certificateAuthorities";
import { GoneIdentities } from "./goneIdentities";
import { certificateAuthorities, identities, type Kind } from "./kinds";
import type { SeenObjects } from "./objects";
import { type CertificateAuthority, collections, type Identity, keyOf, type KubernetesObject } from "./resources";
import { clientOf } from "./testing/apiClient";

const platform = "baas-platform";
const threeDaysAgo = new Date(Date.now() - 3 * 24 * 60 * 60_000).toISOString();
const until = (check: () => void) => vi.waitFor(check, { timeout: 4000, interval: 20 });
let kubernetes: KubernetesDouble;
let gone: GoneIdentities;
let seen: Map<Kind<any>, KubernetesObject[]>;
/** What the CAs were told to remove, such as `kafka orderer0.dev`. */
let removed: string[];
/** Of which authorities a client was asked for. */
let asked: string[];
let failing: string | undefined;

const isReady = { observedGeneration: 1, conditions: [{ type: "Ready", status: "True" }] };

function authority(namespace: string, name: string, spec: object): void {
  const metadata = { name, namespace, generation: 1, creationTimestamp: threeDaysAgo };
  seen.get(certificateAuthorities)!.push({ metadata, spec, status: isReady } as unknown as CertificateAuthority);
}

const claim = { organization: "platform", scope: "platform" };

function identity(namespace: string, name: string, spec: object): void {
  seen.get(identities)!.push({ metadata: { name, namespace }, spec } as unknown as Identity);
}

/** A network whose CA is ready, and whose administrator is there. */
function network(namespace: string): void {
  authority(namespace, "ca-org1", { organization: "org1" });
  identity(namespace, "admin-org1", { certificateAuthority: "ca-org1", enrolmentId: "admin", type: "admin" });
}

/** A Secret as the controller makes it for an Identity that is gone for long; anybody can write the same. */
function secret(namespace: string, name: string, enrolmentId: string, certificateAuthority = "platform-ca"): void {
  const annotations = {
    "baas.io/certificate-authority": certificateAuthority,
    "baas.io/identity-gone-since": threeDaysAgo,
  };
  const labels = { "app.kubernetes.io/managed-by": "baas-controller" };
  kubernetes.apply(collections.secrets(namespace), {
    metadata: { name: `${name}-enrolment`, namespace, labels, annotations },
    stringData: { enrolmentId, enrolmentSecret: "s" },
  });
}

const isThere = (namespace: string, name: string) =>
  kubernetes.objects.has(`${collections.secrets(namespace)}/${name}-enrolment`);

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  [removed, asked, failing] = [[], [], undefined];
  seen = new Map<Kind<any>, KubernetesObject[]>([
    [certificateAuthorities, []],
    [identities, []],
  ]);
  const of = (caName: string) => ({
    remove: async (id: string) => {
      if (id === failing) throw new Error("the CA cannot remove it");
      removed.push(`${caName} ${id}`);
    },
  });
  const client = { ca: of("ca"), tlsca: of("tlsca"), kafka: of("kafka"), operations: of("operations") };
  const authorities = {
    client: async (one: CertificateAuthority) => {
      asked.push(keyOf(one));
      return { client: client as unknown as FabricCa, roots: {} };
    },
  } as unknown as CertificateAuthorities;
  const objects = {
    list: (kind: Kind<any>) => seen.get(kind)!,
    get: (kind: Kind<any>, key: string) => seen.get(kind)!.find((one) => keyOf(one) === key),
  } as SeenObjects;
  gone = new GoneIdentities({
    api: clientOf(kubernetes),
    ...{ authorities, objects, now: Date.now, log: jsonLog("error", () => {}), platformNamespace: platform },
  });
  authority(platform, "platform-ca", claim);
  network("dev");
  network("trade");
});

afterEach(async () => {
  await gone.queue.stop();
  await kubernetes.stop();
});

/** Has the Secrets looked at. */
async function look(key = `${platform}/platform-ca`): Promise<void> {
  gone.queue.start();
  gone.wake(key);
  await new Promise((resolve) => setTimeout(resolve, 300));
}

describe("identities at the platform's CAs that are gone", () => {
  it("are removed, with their Secrets", async () => {
    secret("dev", "orderer3-orderer-kafka", "orderer3-orderer.dev");
    await look();
    await until(() => expect(isThere("dev", "orderer3-orderer-kafka")).toBe(false));
    expect(removed).toEqual(["kafka orderer3-orderer.dev", "operations orderer3-orderer.dev"]);
  });

  it.each([
    ["another network's", "orderer0-orderer.trade"],
    ["a broker's", "kafka0.baas-platform"],
    ["the registrar's", "registrar"],
    ["none", ""],
  ])("are no others': a Secret with a name that is %s removes nothing", async (_, enrolmentId) => {
    secret("dev", "forged-kafka", enrolmentId);
    secret("trade", "orderer3-orderer-kafka", "orderer3-orderer.trade");
    await look();
    await until(() => expect(isThere("trade", "orderer3-orderer-kafka")).toBe(false));
    expect(removed).toEqual(["kafka orderer3-orderer.trade", "operations orderer3-orderer.trade"]);
    expect(isThere("dev", "forged-kafka")).toBe(true);
  });

  it("are removed although one before them fails", async () => {
    failing = "a.dev";
    secret("dev", "a-kafka", "a.dev");
    secret("dev", "b-kafka", "b.dev");
    secret("trade", "c-kafka", "c.trade");
    await look();
    await until(() => expect([isThere("dev", "b-kafka"), isThere("trade", "c-kafka")]).toEqual([false, false]));
    expect(isThere("dev", "a-kafka")).toBe(true);
  });

  it("are removed although an Identity that is refused asks for the same name", async () => {
    secret("dev", "orderer3-orderer-kafka", "orderer3-orderer.dev");
    const spec = { certificateAuthority: "platform-ca", enrolmentId: "orderer3-orderer.dev", type: "client" };
    identity("trade", "thief", { ...spec, issuer: "kafka" });
    identity("dev", "reader", { ...spec, issuer: "operations" });
    await look();
    await until(() => expect(removed).toEqual(["kafka orderer3-orderer.dev", "operations orderer3-orderer.dev"]));
  });

  it("stay registered while an Identity of another name has theirs", async () => {
    secret("dev", "orderer3-orderer-kafka", "orderer3-orderer.dev");
    const spec = { certificateAuthority: "platform-ca", issuer: "kafka", enrolmentId: "orderer3-orderer.dev" };
    identity("dev", "renamed", { ...spec, type: "client" });
    await look();
    await until(() => expect(isThere("dev", "orderer3-orderer-kafka")).toBe(false));
    expect(removed).toEqual([]);
  });
});

describe("the key of a reader of metrics that cannot enrol", () => {
  /** A Secret as the controller makes it, with the label of who manages it. */
  function key(name: string, managedBy = "baas-controller", namespace = platform): void {
    const labels = { "app.kubernetes.io/managed-by": managedBy };
    kubernetes.apply(collections.secrets(namespace), { metadata: { name, namespace, labels }, stringData: {} });
  }
  const keys = (namespace = platform): string[] =>
    [...kubernetes.objects.keys()]
      .filter((path) => path.startsWith(`${collections.secrets(namespace)}/`))
      .map((path) => path.slice(collections.secrets(namespace).length + 1));

  it("goes with its Identity, at once", async () => {
    key("monitoring-client-certificate");
    await look();
    await until(() => expect(keys()).toEqual([]));
  });

  it("stays while its Identity is there, also where no watch has reported it yet", async () => {
    const spec = { certificateAuthority: "platform-ca", issuer: "operations", clientCertificate: true };
    identity(platform, "monitoring", spec);
    kubernetes.apply(collections.identities(platform), { metadata: { name: "other", namespace: platform }, spec });
    for (const name of ["monitoring", "other", "gone"]) key(`${name}-client-certificate`);
    await look();
    await until(() => expect(keys()).toEqual(["monitoring-client-certificate", "other-client-certificate"]));
  });

  it("is not taken for one where it is somebody else's, or a network's", async () => {
    key("own-client-certificate", "me");
    key("monitoring-client-certificate", "baas-controller", "dev");
    key("gone-client-certificate");
    await look();
    await until(() => expect(keys()).toEqual(["own-client-certificate"]));
    expect(keys("dev")).toEqual(["monitoring-client-certificate"]);
  });
});

describe("a CertificateAuthority in a network's namespace that says it is the platform's", () => {
  it("has no identities, whatever its status says", async () => {
    authority("dev", "platform-ca", claim);
    secret("trade", "orderer3-orderer-kafka", "orderer3-orderer.trade");
    await look("dev/platform-ca");
    expect(asked).toEqual([]);
    expect(isThere("trade", "orderer3-orderer-kafka")).toBe(true);
  });
});

describe("the registrar of an organization", () => {
  it("is removed by no Secret", async () => {
    secret("dev", "forged-org1", "registrar", "ca-org1");
    secret("dev", "old-org1", "old", "ca-org1");
    await look("dev/ca-org1");
    await until(() => expect(isThere("dev", "old-org1")).toBe(false));
    expect(removed).toEqual(["ca old", "tlsca old"]);
  });
});
