/** The controller's client of a CA and the program that enrols nodes, on one real fabric-ca-server. */
import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { signingCaName } from "../model/contracts/certificateAuthority";
import { certificateRequest } from "../services/common/certificateRequest";
import { subjectValues } from "../services/common/certificates";
import { caNames } from "../services/common/fabricCa/caClient";
import { type FabricCa, fabricCa } from "../services/common/fabricCa/caRegistrar";
import { FabricCaLibrary } from "../services/common/fabricCa/library";
import { newPrivateKey, parsePrivateKey } from "../services/common/keys";
import { FabricCaServer, noFabricCaServer } from "../services/common/testing/fabricCaServer";
import { readCertificates } from "../services/controller/src/issuedCertificates";
import { caServerPaths, renderCaConfig } from "../services/enrol/src/caConfig";
import { enrolNode } from "../services/enrol/src/enrolNode";

/** Lifetime of certificates with the signing CA's TLS profile, which no other test requests. */
const shortLife = "24h";
const registrar = { username: "registrar", password: "not-so-secret" };

describe("on a real fabric-ca-server", () => {
  const directory = mkdtempSync(join(tmpdir(), "real-registrar-"));
  const home = join(directory, "home");
  const paths = caServerPaths(home);
  let server: FabricCaServer | undefined;
  let url: string;
  let client: FabricCa;

  beforeAll(async () => {
    if (noFabricCaServer) return;
    const config = renderCaConfig({ organization: "org1", domain: "org1.example.com", hosts: ["ca-org1"], registrar });
    mkdirSync(paths.otherCaHome, { recursive: true });
    writeFileSync(paths.serverCaConfig, config.serverCa);
    writeFileSync(paths.otherCaConfig, config.otherCa.replace(/("tls": \{[^}]*)"8760h"/, `$1"${shortLife}"`));
    FabricCaServer.init(home);
    server = await FabricCaServer.start(home);
    url = server.url;
    client = fabricCa({ url, tlsRoot: readFileSync(paths.serverCaCertificate, "utf8"), registrar });
  }, 60_000);

  afterAll(async () => {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const test = (name: string, body: () => Promise<void>) =>
    it(name, { timeout: 60_000 }, async (ctx) => {
      if (noFabricCaServer) ctx.skip(noFabricCaServer);
      await body();
    });

  test("each CA says its own root", async () => {
    expect((await client.ca.root()).subject).toContain("CN=ca.org1.example.com");
    expect((await client.tlsca.root()).subject).toContain("CN=tlsca.org1.example.com");
  });

  test("both probes of the pod are answered, and that of an unknown CA is not", async () => {
    const status = (query: string) =>
      new Promise((resolve, reject) => {
        get(`${url}/cainfo${query}`, { rejectUnauthorized: false }, (response) =>
          resolve(response.resume().statusCode),
        ).on("error", reject);
      });
    expect(await status(`?ca=${signingCaName}`)).toBe(200);
    expect(await status("")).toBe(200);
    expect(await status("?ca=nobody")).toBeGreaterThanOrEqual(400);
  });

  test("the registrar is let in, every time", async () => {
    for (let n = 0; n < 10; n++) for (const caName of caNames) await client[caName].signIn();
  });

  test("a wrong password is the registrar's fault", async () => {
    const tlsRoot = readFileSync(paths.serverCaCertificate, "utf8");
    const stranger = fabricCa({ url, tlsRoot, registrar: { ...registrar, password: "wrong" } });
    await expect(stranger.ca.signIn()).rejects.toMatchObject({ kind: "RegistrarRejected" });
  });

  test("another root is noticed", async () => {
    const stranger = fabricCa({ url, tlsRoot: readFileSync(paths.otherCaCertificate, "utf8"), registrar });
    await expect(stranger.ca.root()).rejects.toMatchObject({ kind: "RootChanged" });
  });

  test("every type is registered, found, and enrols with its type as OU", async () => {
    for (const type of ["peer", "orderer", "admin", "client"] as const) {
      const registration = { enrolmentId: `the-${type}`, enrolmentSecret: `secret-of-${type}`, type };
      for (const caName of caNames) {
        expect(await client[caName].find(registration.enrolmentId)).toBeUndefined();
        await client[caName].register(registration);
        expect(await client[caName].find(registration.enrolmentId)).toBe(type);
      }
      const certificate = await enrol(registration.enrolmentId, registration.enrolmentSecret);
      expect(subjectValues(certificate, "OU")).toEqual([type]);
    }
  });

  test("registering again changes the secret and the type", async () => {
    const registration = { enrolmentId: "again", enrolmentSecret: "first", type: "peer" as const };
    for (const caName of caNames) await client[caName].register(registration);
    for (const caName of caNames) {
      await client[caName].register({ ...registration, enrolmentSecret: "second", type: "client" });
    }
    expect(subjectValues(await enrol("again", "second"), "OU")).toEqual(["client"]);
    await expect(enrol("again", "first")).rejects.toThrow("does not accept again");
  });

  test("an identity is removed from one CA at a time, its certificates are not listed any more, and it can come back", async () => {
    const registration = { enrolmentId: "leaving", enrolmentSecret: "s", type: "peer" as const };
    for (const caName of caNames) {
      await client[caName].register(registration);
      await client[caName].enrolNewKey(registration);
    }
    await client.ca.remove("leaving");
    expect([await client.ca.find("leaving"), await client.tlsca.find("leaving")]).toEqual([undefined, "peer"]);
    expect(Object.keys(await read("identity"))).toContain("tlsca leaving");
    expect(Object.keys(await read("identity"))).not.toContain("ca leaving");
    await client.ca.remove("leaving");
    await client.ca.register(registration);
    await client.ca.enrolNewKey(registration);
  });

  test("the registrar replaces its own password, knowing only one of several", async () => {
    const tlsRoot = readFileSync(paths.serverCaCertificate, "utf8");
    const withPassword = (password: string, ...otherPasswords: string[]) =>
      fabricCa({ url, tlsRoot, registrar: { ...registrar, password, otherPasswords } });
    await withPassword(registrar.password).ca.setPassword("next");
    await expect(withPassword(registrar.password).ca.signIn()).rejects.toMatchObject({ kind: "RegistrarRejected" });
    await withPassword(registrar.password, "other", "next").ca.signIn();
    await withPassword("lost", "next").ca.setPassword(registrar.password);
    await withPassword(registrar.password).ca.signIn();
  });

  test("the server's own certificate and the roots are read", async () => {
    const [server, ...roots] = [paths.serverCertificate, paths.otherCaCertificate, paths.serverCaCertificate].map(
      (file) => expiry(readFileSync(file, "utf8")),
    );
    expect(await read("server")).toEqual({ "tlsca ": server });
    expect(await read("root")).toEqual({ "ca ": roots[0], "tlsca ": roots[1] });
  });

  test("certificates of every type are read back from the CA that issued them", async () => {
    const expected: Record<string, number> = {};
    for (const type of ["peer", "orderer", "admin", "client"] as const) {
      const registration = { enrolmentId: `${type}+1, of org1`, enrolmentSecret: "s", type };
      for (const caName of caNames) {
        await client[caName].register(registration);
        const { certificate } = await client[caName].enrolNewKey(registration);
        expected[`${caName} ${registration.enrolmentId}`] = expiry(certificate);
      }
    }
    const found = await read("identity");
    expect(found).toMatchObject(expected);
    expect(found).toMatchObject({ "ca registrar": expect.any(Number), "tlsca registrar": expect.any(Number) });
  });

  test("of an identity that has renewed, the certificate that expires last counts", async () => {
    const registration = { enrolmentId: "renewing", enrolmentSecret: "s", type: "peer" as const };
    await client.ca.register(registration);
    const short = await enrolBriefly("renewing", "s");
    expect((await read("identity"))["ca renewing"]).toBe(short);
    const long = expiry((await client.ca.enrolNewKey(registration)).certificate);
    expect(long).toBeGreaterThan(short);
    await enrolBriefly("renewing", "s");
    expect((await read("identity"))["ca renewing"]).toBe(long);
  });

  const expiry = (pem: string) => Date.parse(new X509Certificate(pem).validTo) / 1000;

  /** When the last certificates of a kind from {@link readCertificates} expire, by CA and enrolment ID. */
  async function read(kind: string): Promise<Record<string, number>> {
    const [ca, tlsca] = [paths.otherCaCertificate, paths.serverCaCertificate].map((file) => readFileSync(file, "utf8"));
    const data = { "ca.pem": ca!, "tlsca.pem": tlsca! };
    const found = await readCertificates(client, { metadata: { name: "ca-org1-roots", namespace: "dev" }, data });
    const latest: Record<string, number> = {};
    for (const { ca, identity, until } of found.filter((one) => one.kind === kind)) {
      latest[`${ca} ${identity}`] = Math.max(latest[`${ca} ${identity}`] ?? 0, until / 1000);
    }
    return latest;
  }

  async function enrolBriefly(enrolmentId: string, enrolmentSecret: string): Promise<number> {
    const csr = await certificateRequest(parsePrivateKey(newPrivateKey())!, enrolmentId, []);
    const tlsRoot = readFileSync(paths.serverCaCertificate, "utf8");
    // In this test, the CA for signing certificates has a profile of that name with a shorter life.
    const library = new FabricCaLibrary(url, "ca", tlsRoot);
    return expiry((await library.enroll(enrolmentId, enrolmentSecret, csr, "tls")).enrollmentCert);
  }

  async function enrol(enrolmentId: string, enrolmentSecret: string): Promise<X509Certificate> {
    const pod = mkdtempSync(join(directory, "node-"));
    for (const name of ["roots", "secret"]) mkdirSync(join(pod, name));
    writeFileSync(join(pod, "roots", "ca.pem"), readFileSync(paths.otherCaCertificate));
    writeFileSync(join(pod, "roots", "tlsca.pem"), readFileSync(paths.serverCaCertificate));
    writeFileSync(join(pod, "secret", "enrolmentId"), enrolmentId);
    writeFileSync(join(pod, "secret", "enrolmentSecret"), enrolmentSecret);
    const environment = {
      ENROL_CA_URL: url,
      ENROL_HOSTS: "node.dev.svc",
      ENROL_OUTPUT_DIR: join(pod, "crypto"),
      ENROL_ROOTS_DIR: join(pod, "roots"),
      ENROL_SECRET_DIR: join(pod, "secret"),
      ENROL_TIMEOUT_SECONDS: "1",
    };
    await enrolNode(environment, { tlsOnly: false }, () => {});
    return new X509Certificate(readFileSync(join(pod, "crypto", "msp", "signcerts", "cert.pem")));
  }
});
