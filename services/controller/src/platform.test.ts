import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { newPrivateKey, parsePrivateKey } from "../../common/keys";
import { jsonLog } from "../../common/log";
import { FabricCaDouble } from "../../common/testing/fabricCaDouble";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { TestCa } from "../../common/testing/testCa";
import { Manager } from "./manager";
import { Metrics } from "./metrics";
import { collections } from "./resources";
import { clientOf } from "./testing/apiClient";

const platform = "baas-platform";
const roots = `${collections.configMaps("dev")}/platform-ca-roots`;
const labels = { "baas.io/network": "dev" };
const until = (check: () => void) => vi.waitFor(check, { timeout: 8000, interval: 20 });
let kubernetes: KubernetesDouble;
let server: FabricCaDouble;
let stopping: AbortController;
let running: Promise<void>;

/** The platform's CA, as its stack and its pod declare it. */
function declareAuthority(namespace = platform): void {
  kubernetes.apply(collections.secrets(namespace), {
    metadata: { name: "platform-ca-registrar", namespace },
    stringData: { username: "registrar", password: "p" },
  });
  kubernetes.apply(collections.certificateAuthorities(namespace), {
    metadata: { name: "platform-ca", namespace },
    spec: { organization: "platform", domain: "platform-local", scope: "platform", url: server.url },
  });
}

function publishRoots(namespace = platform, kafka = server.ca.pem): void {
  kubernetes.apply(collections.configMaps(namespace), {
    metadata: { name: "platform-ca-roots", namespace, labels: { "app.kubernetes.io/managed-by": "baas-enrol" } },
    data: { "kafka.pem": kafka, "operations.pem": server.tlsca.pem },
  });
}

function declareIdentity(
  name: string,
  enrolmentId: string,
  {
    namespace = "dev",
    issuer = "kafka",
    ...more
  }: { namespace?: string; issuer?: string; clientCertificate?: boolean } = {},
): void {
  kubernetes.apply(collections.identities(namespace), {
    metadata: { name, namespace, labels },
    spec: { certificateAuthority: "platform-ca", issuer, enrolmentId, type: "client", ...more },
  });
}

/** A network's own CA, which is not there yet. */
function declareNetwork(): void {
  kubernetes.apply(collections.certificateAuthorities("dev"), {
    metadata: { name: "ca-org1", namespace: "dev", labels },
    spec: { organization: "org1", mspId: "Org1MSP", domain: "org1.example.com", url: "https://localhost:1" },
  });
}

const authority = () =>
  kubernetes.objects.get(`${collections.certificateAuthorities(platform)}/platform-ca`)?.status?.conditions[0];
const reason = (name: string, namespace = "dev") =>
  kubernetes.objects.get(`${collections.identities(namespace)}/${name}`)?.status?.conditions[0].reason;
const secret = (name: string, namespace = "dev") =>
  kubernetes.objects.get(`${collections.secrets(namespace)}/${name}-enrolment`)?.data;

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  server = await FabricCaDouble.start();
  server.bootstrap("p");
  stopping = new AbortController();
  const log = jsonLog("error", () => {});
  const options = { api: clientOf(kubernetes), metrics: new Metrics(), log, platformNamespace: platform };
  running = new Manager(options).run(stopping.signal);
});

afterEach(async () => {
  stopping.abort();
  await running;
  await server.stop();
  await kubernetes.stop();
});

describe("an identity at the platform's CA", () => {
  it("is registered with the CA that it names alone, and has its Secret in its own namespace", async () => {
    declareAuthority();
    publishRoots();
    declareIdentity("orderer0-orderer-kafka", "orderer0-orderer.dev");
    declareIdentity("monitoring", "monitoring.baas-platform", { namespace: platform, issuer: "operations" });
    await until(() => expect(reason("orderer0-orderer-kafka")).toBe("Registered"));
    await until(() => expect(reason("monitoring", platform)).toBe("Registered"));
    const [kafka, operations] = [server.registered.ca, server.registered.tlsca];
    const password = Buffer.from(secret("orderer0-orderer-kafka").enrolmentSecret, "base64").toString();
    expect(kafka.get("orderer0-orderer.dev")).toMatchObject({ secret: password, type: "client" });
    expect([...kafka.keys()]).toEqual(["registrar", "orderer0-orderer.dev"]);
    expect([...operations.keys()]).toEqual(["registrar", "monitoring.baas-platform"]);
    expect(secret("orderer0-orderer-kafka", platform)).toBeUndefined();
    expect(kubernetes.objects.get(roots)?.data).toEqual({
      "kafka.pem": server.ca.pem,
      "operations.pem": server.tlsca.pem,
    });
  });

  it.each([
    ["another network's", "orderer0-orderer.trade"],
    ["a broker's", "kafka0.baas-platform"],
    ["the registrar's", "registrar"],
    ["one that only ends like its namespace", "orderer0.trade.dev"],
  ])("does not get a name that is %s", async (_, enrolmentId) => {
    declareAuthority();
    publishRoots();
    declareIdentity("thief", enrolmentId);
    await until(() => expect(reason("thief")).toBe("EnrolmentIdForeign"));
    expect(secret("thief")).toBeUndefined();
    expect([...server.registered.ca.keys()]).toEqual(["registrar"]);
  });

  it("has its key in a Secret if it reads metrics and asks for that", async () => {
    declareAuthority();
    publishRoots();
    const reader = { namespace: platform, issuer: "operations", clientCertificate: true };
    declareIdentity("monitoring", "monitoring.baas-platform", reader);
    await until(() => expect(reason("monitoring", platform)).toBe("Registered"));
    const made = kubernetes.objects.get(`${collections.secrets(platform)}/monitoring-client-certificate`);
    expect(Object.keys(made!.data).sort()).toEqual(["ca.crt", "tls.crt", "tls.key"]);
  });

  it("reads no metrics with it unless it is of the platform", async () => {
    declareAuthority();
    publishRoots();
    declareIdentity("reader", "reader.dev", { issuer: "operations" });
    await until(() => expect(reason("reader")).toBe("IssuerNotForNetworks"));
    expect(secret("reader")).toBeUndefined();
    expect([...server.registered.tlsca.keys()]).toEqual(["registrar"]);
  });

  it("waits for the platform's CA, and takes no other for it", async () => {
    declareAuthority("dev");
    publishRoots("dev");
    declareIdentity("orderer0-orderer-kafka", "orderer0-orderer.dev");
    await until(() => expect(reason("orderer0-orderer-kafka")).toBe("CertificateAuthorityNotFound"));
    const pretended = () => kubernetes.objects.get(`${collections.certificateAuthorities("dev")}/platform-ca`);
    await until(() =>
      expect(pretended()?.status?.conditions[0]).toMatchObject({ status: "False", reason: "ScopeNotForNetworks" }),
    );
    declareAuthority();
    publishRoots();
    await until(() => expect(reason("orderer0-orderer-kafka")).toBe("Registered"));
  });
});

describe("the roots of the platform's CA", () => {
  /** A CA's pod whose volumes cannot be mounted yet. */
  function startPod(volume: object): void {
    const instance = { ...labels, "app.kubernetes.io/part-of": "baas", "app.kubernetes.io/instance": "ca-org1" };
    const creating = { image: "i", restartCount: 0, state: { waiting: { reason: "PodInitializing" } } };
    kubernetes.apply(collections.pods("dev"), {
      metadata: { name: "ca-org1-0", namespace: "dev", labels: instance },
      spec: { volumes: [volume] },
      status: {
        phase: "Pending",
        conditions: [{ type: "Initialized", status: "False" }],
        initContainerStatuses: [{ name: "init-ca", ...creating }],
      },
    });
  }
  const ofNetwork = () =>
    kubernetes.objects.get(`${collections.certificateAuthorities("dev")}/ca-org1`)?.status?.conditions[0];

  it.each([
    ["a volume", { configMap: { name: "platform-ca-roots" } }],
    ["a volume of several sources", { projected: { sources: [{ configMap: { name: "platform-ca-roots" } }] } }],
  ])("are named as what a CA's pod waits for that mounts them in %s, while they are not there", async (_, volume) => {
    startPod(volume);
    declareNetwork();
    await until(() => expect(ofNetwork()?.reason).toBe("PlatformRootsMissing"));
    expect(ofNetwork()!.message).toContain("See CertificateAuthority platform-ca in namespace baas-platform.");
    declareAuthority();
    publishRoots();
    await until(() => expect(kubernetes.objects.get(roots)).toBeDefined());
    await until(() => expect(ofNetwork()?.reason).toBe("RootsNotPublished"));
  });

  it("are not blamed for a pod that does not need them", async () => {
    startPod({ configMap: { name: "something" } });
    declareNetwork();
    await until(() => expect(ofNetwork()?.reason).toBe("RootsNotPublished"));
  });

  it("are copied to a network as soon as they are published, and again when the copy is deleted", async () => {
    declareNetwork();
    declareAuthority();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(kubernetes.objects.get(roots)).toBeUndefined();
    publishRoots();
    await until(() => expect(kubernetes.objects.get(roots)).toBeDefined());
    expect(kubernetes.objects.get(roots)!.metadata.labels).toEqual({
      "app.kubernetes.io/managed-by": "baas-controller",
      "baas.io/network": "dev",
    });
    await clientOf(kubernetes).call("DELETE", roots);
    await until(() => expect(kubernetes.objects.get(roots)?.data["kafka.pem"]).toBe(server.ca.pem));
  });

  it("are not copied before the platform's CA has shown that it has them", async () => {
    declareNetwork();
    publishRoots(platform, (await TestCa.make("kafka")).pem);
    declareAuthority();
    await until(() => expect(authority()?.reason).toBe("RootChanged"));
    expect(kubernetes.objects.get(roots)).toBeUndefined();
    publishRoots();
    await until(() => expect(kubernetes.objects.get(roots)?.data["kafka.pem"]).toBe(server.ca.pem));
  });

  it.each([
    ["empty", ""],
    ["no certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"],
  ])("replace a copy that is %s, which nobody trusts", async (_, broken) => {
    publishRoots("dev", broken);
    declareNetwork();
    declareAuthority();
    publishRoots();
    await until(() =>
      expect(kubernetes.objects.get(roots)!.data).toEqual({
        "kafka.pem": server.ca.pem,
        "operations.pem": server.tlsca.pem,
      }),
    );
  });

  it.each(["", "the certificate of no CA"])("are not copied while one of them is broken: '%s'", async (broken) => {
    const leaf = await server.ca.issue(parsePrivateKey(newPrivateKey())!, "leaf", []);
    declareNetwork();
    declareAuthority();
    publishRoots();
    await until(() => expect(kubernetes.objects.get(roots)).toBeDefined());
    publishRoots(platform, broken === "" ? "" : leaf);
    await clientOf(kubernetes).call("DELETE", roots);
    await until(() => expect(authority()?.status).toBe("False"));
    expect(kubernetes.objects.get(roots)).toBeUndefined();
  });

  it.each(["another root", "one more root"])(
    "never replace %s that a network has, as its nodes trust it, but the platform's CA names the network",
    async (which) => {
      const other = (await TestCa.make("kafka")).pem;
      const there = which === "another root" ? other : `${server.ca.pem}\n${other}`;
      publishRoots("dev", there);
      declareNetwork();
      declareAuthority();
      publishRoots();
      await until(() => expect(authority()).toMatchObject({ status: "True", reason: "RootsDiffer" }));
      expect(authority()!.message).toContain(
        "ConfigMap platform-ca-roots has other roots in namespaces: dev. If the platform was",
      );
      expect(kubernetes.objects.get(roots)!.data["kafka.pem"]).toBe(there);

      await clientOf(kubernetes).call("DELETE", roots);
      await until(() => expect(kubernetes.objects.get(roots)?.data["kafka.pem"]).toBe(server.ca.pem));
      await until(() => expect(authority()?.reason).toBe("Available"));
    },
  );
});
