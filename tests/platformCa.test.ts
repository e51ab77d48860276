/** The platform's CA, an organization's CA and their metrics, on real fabric-ca-servers. */
import "reflect-metadata";

import { webcrypto, X509Certificate } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { PlatformCaName } from "../model/contracts/certificateAuthority";
import { platformSubject } from "../model/contracts/platformCa";
import { certificateRequest, p256, webKeys } from "../services/common/certificateRequest";
import { CaClient } from "../services/common/fabricCa/caClient";
import { type FabricCa, fabricCa } from "../services/common/fabricCa/caRegistrar";
import { FabricCaLibrary } from "../services/common/fabricCa/library";
import { newPrivateKey, parsePrivateKey } from "../services/common/keys";
import { FabricCaServer, noFabricCaServer } from "../services/common/testing/fabricCaServer";
import { TestCa } from "../services/common/testing/testCa";
import { enrolNode } from "../services/enrol/src/enrolNode";
import { initCa } from "../services/enrol/src/initCa";

const [serverAuth, clientAuth] = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];
const registrar = { username: "registrar", password: "not-so-secret" };

describe("on real fabric-ca-servers", () => {
  const directory = mkdtempSync(join(tmpdir(), "platform-ca-"));
  const at = (...path: string[]) => join(directory, ...path);
  const text = (...path: string[]) => readFileSync(at(...path), "utf8");
  const operationsRoot = at("platform", "ca-cert.pem");
  let platform: FabricCaServer | undefined;
  let organization: FabricCaServer | undefined;
  let client: FabricCa;

  /** What the pod of a CA does: its volume is a folder. */
  async function startCa(home: string, more: Record<string, string>): Promise<FabricCaServer> {
    const environment = {
      ENROL_DOMAIN: "platform-local",
      ENROL_CA_HOSTS: home,
      ENROL_CA_HOME: at(home),
      ENROL_REGISTRAR_DIR: at("registrar"),
      ...more,
    };
    await initCa(environment, () => {});
    return FabricCaServer.start(at(home));
  }

  beforeAll(async () => {
    if (noFabricCaServer) return;
    mkdirSync(at("registrar"));
    for (const [key, value] of Object.entries(registrar)) writeFileSync(at("registrar", key), value);
    platform = await startCa("platform", { ENROL_ORGANIZATION: "platform", ENROL_CA_SCOPE: "platform" });
    organization = await startCa("org1", { ENROL_ORGANIZATION: "org1", ENROL_OPERATIONS_ROOT: operationsRoot });
    client = fabricCa({ url: platform.url, tlsRoot: readFileSync(operationsRoot, "utf8"), registrar });
  }, 60_000);

  afterAll(async () => {
    await Promise.all([platform, organization].map((server) => server?.stop()));
    rmSync(directory, { recursive: true, force: true });
  });

  const test = (name: string, body: () => Promise<void>) =>
    it(name, { timeout: 60_000 }, async (ctx) => {
      if (noFabricCaServer) ctx.skip(noFabricCaServer);
      await body();
    });

  test("each of the platform's CAs says its own root, which is named after it and the platform", async () => {
    expect((await client.kafka.root()).subject).toBe("O=platform\nCN=kafka.platform-local");
    expect((await client.operations.root()).subject).toBe("O=platform\nCN=operations.platform-local");
    expect((await client.kafka.root()).fingerprint256).not.toBe((await client.operations.root()).fingerprint256);
    const server = await client.operations.serverCertificate();
    expect(server.verify((await client.operations.root()).publicKey)).toBe(true);
    expect(server.keyUsage).toEqual([serverAuth]);
  });

  test("a node has a certificate of one CA, for a key that it has made, with its name and nothing else", async () => {
    const certificate = await enrolled("orderer0-orderer.trade", "kafka");
    expect(certificate.cert).not.toBe("");
    const leaf = new X509Certificate(certificate.cert);
    expect(leaf.verify((await client.kafka.root()).publicKey)).toBe(true);
    expect(leaf.keyUsage).toEqual([serverAuth, clientAuth]);
    expect(new RegExp(platformSubject).exec(javaName(leaf))?.[1]).toBe("orderer0-orderer.trade");
    expect(await client.operations.find("orderer0-orderer.trade")).toBeUndefined();
  });

  test("a reader of metrics gets no certificate of a server, by whichever profile it asks", async () => {
    await register("reader.baas-platform", "operations");
    const library = new FabricCaLibrary(platform!.url, "operations", readFileSync(operationsRoot, "utf8"));
    const csr = await certificateRequest(parsePrivateKey(newPrivateKey())!, "reader.baas-platform", ["platform-ca"]);
    for (const profile of ["tls", undefined]) {
      const { enrollmentCert } = await library.enroll("reader.baas-platform", "s", csr, profile);
      const leaf = new X509Certificate(enrollmentCert);
      expect(leaf.checkHost("platform-ca")).toBe("platform-ca");
      expect(leaf.keyUsage).toEqual([clientAuth]);
    }
  });

  test("what a request adds to the name comes into the certificate, and makes it nobody's", async () => {
    await register("adding.trade", "kafka");
    const key = parsePrivateKey(newPrivateKey())!;
    const asked = await Pkcs10CertificateRequestGenerator.create(
      {
        name: [{ CN: ["adding.trade"] }, { O: ["orderer0-orderer.loans"] }, { L: ["CN=kafka0.baas-platform"] }],
        keys: await webKeys(key),
        signingAlgorithm: p256,
      },
      webcrypto as never,
    );
    const ca = new CaClient(platform!.url, "kafka", readFileSync(operationsRoot, "utf8"));
    const enrolment = { enrolmentId: "adding.trade", enrolmentSecret: "s", csr: asked.toString("pem") };
    const leaf = new X509Certificate(await ca.enrol(enrolment));
    expect(javaName(leaf)).toContain("O=orderer0-orderer.loans");
    expect(javaName(leaf)).not.toMatch(new RegExp(platformSubject));
  });

  test("nobody enrols under another name than the one that is registered", async () => {
    await register("mine.trade", "kafka");
    await expect(enrolledAs("mine.trade", "theirs.loans")).rejects.toThrow();
  });

  describe("the metrics of an organization's CA", () => {
    test("are read with a certificate of the platform's CA operations", async () => {
      await organizationIsAsked();
      const { status, body } = await metrics(await enrolled("monitoring.baas-platform", "operations"));
      expect(status).toBe(200);
      expect(body).toMatch(/^api_request_count\{.*ca_name="tlsca"/m);
    });

    test("are read with a certificate of the organization's own TLS CA", async () => {
      const own = fabricCa({ url: organization!.url, tlsRoot: text("org1", "ca-cert.pem"), registrar });
      await own.tlsca.register({ enrolmentId: "admin", enrolmentSecret: "s", type: "admin" });
      const { certificate, key } = await own.tlsca.enrolNewKey({ enrolmentId: "admin", enrolmentSecret: "s" });
      expect((await metrics({ cert: certificate, key })).status).toBe(200);
    });

    test("are refused without a certificate", async () => {
      await expect(metrics()).rejects.toThrow(/alert|certificate required|ECONNRESET/i);
    });

    test("are refused with a certificate of the CA kafka, or of a stranger", async () => {
      const kafka = await enrolled("reader.trade", "kafka");
      const key = newPrivateKey();
      const stranger = await TestCa.make("operations.platform-local");
      const cert = await stranger.issue(parsePrivateKey(key)!, "monitoring.baas-platform", []);
      await expect(metrics(kafka)).rejects.toThrow(/alert|bad certificate|unknown ca|ECONNRESET/i);
      await expect(metrics({ cert, key })).rejects.toThrow(/alert|bad certificate|unknown ca|ECONNRESET/i);
    });
  });

  test("the metrics of the platform's own CA are read the same way", async () => {
    const { status } = await metrics(
      await enrolled("self.baas-platform", "operations"),
      platform!,
      operationsRoot,
      "platform",
    );
    expect(status).toBe(200);
  });

  async function register(enrolmentId: string, issuer: PlatformCaName): Promise<void> {
    await client[issuer].register({ enrolmentId, enrolmentSecret: "s", type: "client" });
  }

  async function enrolled(enrolmentId: string, issuer: PlatformCaName): Promise<{ cert: string; key: string }> {
    await register(enrolmentId, issuer);
    return enrolledAs(enrolmentId, enrolmentId, issuer);
  }

  /** Enrols as the init container of a pod does. */
  async function enrolledAs(registered: string, enrolmentId: string, issuer: PlatformCaName = "kafka") {
    const pod = mkdtempSync(join(directory, "pod-"));
    for (const name of ["roots", "secret"]) mkdirSync(join(pod, name));
    copyFileSync(operationsRoot, join(pod, "roots", "operations.pem"));
    copyFileSync(at("platform", "ca", "ca-cert.pem"), join(pod, "roots", "kafka.pem"));
    writeFileSync(join(pod, "secret", "enrolmentId"), enrolmentId);
    writeFileSync(join(pod, "secret", "enrolmentSecret"), registered === enrolmentId ? "s" : "not it");
    const environment = {
      ENROL_CA_NAME: issuer,
      ENROL_CA_URL: platform!.url,
      ENROL_HOSTS: "node.trade.svc",
      ENROL_OUTPUT_DIR: join(pod, "crypto"),
      ENROL_ROOTS_DIR: join(pod, "roots"),
      ENROL_SECRET_DIR: join(pod, "secret"),
      ENROL_TIMEOUT_SECONDS: "1",
    };
    await enrolNode(environment, { tlsOnly: false }, () => {});
    const file = (name: string) => readFileSync(join(pod, "crypto", "tls", name), "utf8");
    return { cert: file("server.crt"), key: file("server.key") };
  }

  async function organizationIsAsked(): Promise<void> {
    await fabricCa({ url: organization!.url, tlsRoot: text("org1", "ca-cert.pem"), registrar }).tlsca.root();
  }

  /** Reads a CA's metrics, and checks that the server shows a certificate of its own TLS root. */
  function metrics(
    own: { cert?: string; key?: string } = {},
    { operationsPort: port } = organization!,
    root = at("org1", "ca-cert.pem"),
    servername = "org1",
  ): Promise<{ status: number | undefined; body: string }> {
    const options = {
      host: "127.0.0.1",
      port,
      servername,
      path: "/metrics",
      ca: readFileSync(root),
      ...own,
      agent: false,
    };
    return new Promise((resolve, reject) => {
      const call = request(options, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => resolve({ status: response.statusCode, body }));
        response.on("error", reject);
      });
      call.on("error", reject);
      call.end();
    });
  }
});

/** A certificate's subject as Java spells it, and Kafka with it (RFC 2253): the last part first. */
function javaName({ subject }: X509Certificate): string {
  return subject.split("\n").reverse().join(",");
}
