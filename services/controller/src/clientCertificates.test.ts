import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type FabricCa, fabricCa } from "../../common/fabricCa/caRegistrar";
import { newPrivateKey, parsePrivateKey } from "../../common/keys";
import { FabricCaDouble } from "../../common/testing/fabricCaDouble";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { keepClientCertificate } from "./clientCertificates";
import { collections, type Identity } from "./resources";
import { clientOf } from "./testing/apiClient";

const namespace = "baas-platform";
const enrolment = { enrolmentId: "monitoring.baas-platform", enrolmentSecret: "s" };
const path = `${collections.secrets(namespace)}/monitoring-client-certificate`;
const day = 24 * 3600 * 1000;
let kubernetes: KubernetesDouble;
let server: FabricCaDouble;
let client: FabricCa;

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  server = await FabricCaDouble.start();
  server.bootstrap("p");
  client = fabricCa({
    url: server.url,
    tlsRoot: server.tlsca.pem,
    registrar: { username: "registrar", password: "p" },
  });
  await client.operations.register({ ...enrolment, type: "client" });
});
afterEach(async () => {
  await server.stop();
  await kubernetes.stop();
});

/** What the Secret has, after a look at an identity. */
async function keep({ clientCertificate = true, now = Date.now(), root = server.tlsca.pem } = {}) {
  const identity = {
    metadata: { name: "monitoring", namespace },
    spec: {
      certificateAuthority: "platform-ca",
      issuer: "operations",
      type: "client",
      clientCertificate,
      ...enrolment,
    },
  } as unknown as Identity;
  const roots = { metadata: { name: "platform-ca-roots", namespace }, data: { "operations.pem": root } } as any;
  const result = await keepClientCertificate(identity, { api: clientOf(kubernetes), client, roots, enrolment, now });
  const data: Record<string, string> = kubernetes.objects.get(path)?.data ?? {};
  const values = Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]);
  return { result, values: Object.fromEntries(values) as Record<string, string> };
}

describe("the Secret of a reader of metrics that cannot enrol", () => {
  it("has a key, a certificate of the CA operations for it, and that CA's root", async () => {
    const { result, values } = await keep();
    expect(result).toBeUndefined();
    expect(Object.keys(values).sort()).toEqual(["ca.crt", "tls.crt", "tls.key"]);
    const { X509Certificate } = await import("node:crypto");
    const certificate = new X509Certificate(values["tls.crt"]!);
    expect(certificate.subject).toContain("CN=monitoring.baas-platform");
    expect(certificate.checkPrivateKey(parsePrivateKey(values["tls.key"]!)!)).toBe(true);
    expect(certificate.verify(new X509Certificate(server.tlsca.pem).publicKey)).toBe(true);
    const { type, metadata } = kubernetes.objects.get(path)!;
    expect(type).toBe("kubernetes.io/tls");
    expect(metadata.labels).toEqual({ "app.kubernetes.io/managed-by": "baas-controller" });
  });

  it("stays as it is, until two thirds of the certificate's life are over", async () => {
    const { values: first } = await keep();
    expect((await keep()).values).toEqual(first);
    const { values: renewed } = await keep({ now: Date.now() + 300 * day });
    expect(renewed["tls.crt"]).not.toBe(first["tls.crt"]);
    expect(renewed["tls.key"]).not.toBe(first["tls.key"]);
  });

  it.each(["tls.crt", "tls.key"])("is made good where its %s is another", async (key) => {
    const { values: first } = await keep();
    const other = key === "tls.key" ? newPrivateKey() : server.ca.pem;
    const { data } = kubernetes.objects.get(path)!;
    kubernetes.objects.get(path)!.data = { ...data, [key]: Buffer.from(other).toString("base64") };
    const { values } = await keep();
    expect(values[key]).not.toBe(other);
    expect(values["tls.crt"]).not.toBe(first["tls.crt"]);
  });

  it("is not taken from somebody else", async () => {
    kubernetes.apply(collections.secrets(namespace), {
      metadata: { name: "monitoring-client-certificate", namespace },
      stringData: { mine: "yes" },
    });
    const { result, values } = await keep();
    expect(result).toMatchObject({
      reason: "SecretTaken",
      message: "Secret monitoring-client-certificate is there, and not the controller's. Delete it: a new one is made.",
    });
    expect(values).toEqual({ mine: "yes" });
    await keep({ clientCertificate: false });
    expect(kubernetes.objects.get(path)).toBeDefined();
  });

  it("goes when nobody asks for it any more", async () => {
    await keep();
    expect((await keep({ clientCertificate: false })).values).toEqual({});
    expect(kubernetes.objects.get(path)).toBeUndefined();
  });
});
