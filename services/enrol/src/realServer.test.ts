import { X509Certificate } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { publicKeyHash, subjectValues } from "../../common/certificates";
import { FabricCaServer, noFabricCaServer } from "../../common/testing/fabricCaServer";
import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { TestCa } from "../../common/testing/testCa";
import { hostsIn, isSignedBy } from "./certificates";
import { enrolClients } from "./clientIdentities";
import { enrolNode } from "./enrolNode";
import { initCa } from "./initCa";
import { keyReport } from "./newKeys";
import { publishRoots } from "./publishRoots";

/** Runs a CA's pod, container by container, on the real fabric-ca-server. The registrar stands in for a registered node. */
describe("on a real fabric-ca-server", () => {
  const directory = mkdtempSync(join(tmpdir(), "real-ca-"));
  const at = (file: string) => join(directory, file);
  const certificate = (file: string) => new X509Certificate(readFileSync(at(file)));
  const log: string[] = [];
  const environment: Record<string, string> = {
    ENROL_ORGANIZATION: "org1",
    ENROL_DOMAIN: "org1.trade.example.com",
    ENROL_CA_HOSTS: "ca-org1",
    ENROL_CA_HOME: at("home"),
    ENROL_REGISTRAR_DIR: at("registrar"),
    ENROL_ROOTS_CONFIGMAP: "ca-org1-roots",
    ENROL_OPERATIONS_ROOT: at("operations.pem"),
    ENROL_HOSTS: "peer0-org1,peer0-org1.dev.svc,127.0.0.1,::1",
    ENROL_OUTPUT_DIR: at("crypto"),
    ENROL_ROOTS_DIR: at("roots"),
    ENROL_SECRET_DIR: at("secret"),
  };
  let kubernetes: KubernetesDouble;
  let server: FabricCaServer | undefined;

  const startPod = async () => {
    await initCa(environment, (line) => log.push(line));
    await publishRoots(environment, (line) => log.push(line));
    server = await FabricCaServer.start(at("home"));
    environment.ENROL_CA_URL = server.url;
  };
  const stopPod = async () => {
    await server?.stop();
    server = undefined;
  };
  const enrol = () => enrolNode(environment, { tlsOnly: false }, (line) => log.push(line));

  beforeAll(async () => {
    if (noFabricCaServer) return;
    kubernetes = await KubernetesDouble.start();
    Object.assign(environment, kubernetes.environment(at("serviceaccount")));
    for (const name of ["registrar", "roots", "secret"]) mkdirSync(at(name));
    writeFileSync(at("operations.pem"), (await TestCa.make("operations.platform-local")).pem);
    for (const file of ["registrar/username", "secret/enrolmentId"]) writeFileSync(at(file), "registrar");
    for (const file of ["registrar/password", "secret/enrolmentSecret"]) writeFileSync(at(file), "not-so-secret");
    await startPod();
    const roots = kubernetes.objects.get("/api/v1/namespaces/dev/configmaps/ca-org1-roots")!.data;
    for (const [key, value] of Object.entries<string>(roots)) writeFileSync(at(`roots/${key}`), value);
  }, 60_000);

  afterAll(async () => {
    await stopPod();
    await kubernetes?.stop();
    rmSync(directory, { recursive: true });
  });

  const test = (name: string, body: () => Promise<void>) =>
    it(name, { timeout: 60_000 }, async (ctx) => {
      if (noFabricCaServer) ctx.skip(noFabricCaServer);
      await body();
    });

  test("two roots of 15 years are made, and the server's own certificate comes from the TLS root", async () => {
    const [signing, tls, own] = ["home/ca/ca-cert.pem", "home/ca-cert.pem", "home/tls-cert.pem"].map(certificate);
    expect(signing!.subject).toBe("O=org1\nCN=ca.org1.trade.example.com");
    expect(tls!.subject).toBe("O=org1\nCN=tlsca.org1.trade.example.com");
    for (const root of [signing!, tls!]) {
      expect(root.ca).toBe(true);
      expect((Date.parse(root.validTo) - Date.parse(root.validFrom)) / 3_600_000).toBe(131_400);
    }
    expect(isSignedBy(own!, tls!)).toBe(true);
    expect(hostsIn(own!)).toEqual(["ca-org1", "localhost", "127.0.0.1"]);
  });

  test("a node gets certificates for a year from the right roots, with its hosts and its type as OU", async () => {
    await enrol();
    const [signing, tls] = ["crypto/msp/signcerts/cert.pem", "crypto/tls/server.crt"].map(certificate);
    expect(isSignedBy(signing!, certificate("home/ca/ca-cert.pem"))).toBe(true);
    expect(isSignedBy(tls!, certificate("home/ca-cert.pem"))).toBe(true);
    for (const leaf of [signing!, tls!]) {
      expect(subjectValues(leaf, "OU")).toEqual(["client"]);
      expect(hostsIn(leaf)).toEqual(["peer0-org1", "peer0-org1.dev.svc", "127.0.0.1", "0:0:0:0:0:0:0:1"]);
      expect(Math.round((Date.parse(leaf.validTo) - Date.now()) / 86_400_000)).toBe(365);
      // The server would have it begin with the life of the root, 5 minutes ago.
      expect(Math.round((Date.now() - Date.parse(leaf.validFrom)) / 60_000)).toBe(1);
    }
    expect(tls!.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    expect(signing!.keyUsage ?? []).toEqual([]);
  });

  test("a further client identity gets a signing certificate, which names no hosts", async () => {
    const clients = { ENROL_CLIENTS: "app", ENROL_CLIENTS_SECRET_DIR: at("clients") };
    mkdirSync(at("clients"));
    cpSync(at("secret"), at("clients/app"), { recursive: true });
    await enrolClients({ ...environment, ...clients }, (line) => log.push(line));
    const signing = certificate("crypto/clients/app/msp/signcerts/cert.pem");
    expect(isSignedBy(signing, certificate("home/ca/ca-cert.pem"))).toBe(true);
    expect([subjectValues(signing, "OU"), hostsIn(signing)]).toEqual([["client"], []]);
  });

  test("renewal gives another certificate for the same key", async () => {
    const before = certificate("crypto/tls/server.crt");
    environment.ENROL_HOSTS = "peer0-org1,gateway-dev";
    await enrol();
    const after = certificate("crypto/tls/server.crt");
    expect(after.serialNumber).not.toBe(before.serialNumber);
    expect(after.publicKey.equals(before.publicKey)).toBe(true);
    expect(hostsIn(after)).toEqual(["peer0-org1", "gateway-dev"]);
  });

  test("new keys get certificates while the old ones are in use, and then take their place", async () => {
    const [before, tls] = ["crypto/msp/signcerts/cert.pem", "crypto/tls/server.crt"].map(certificate);
    writeFileSync(at("secret/newKeysRequested"), "2030-01-01T00:00:00.000Z");
    await enrol();
    const { next } = keyReport(at("crypto"));
    expect(certificate("crypto/tls/server.crt").serialNumber).toBe(tls!.serialNumber);
    expect(publicKeyHash(certificate("crypto/new-keys/tls.crt").publicKey)).toBe(next);
    writeFileSync(at("secret/newKeysUse"), next!);
    await enrol();
    const [after, newTls] = ["crypto/msp/signcerts/cert.pem", "crypto/tls/server.crt"].map(certificate);
    expect(publicKeyHash(newTls!.publicKey)).toBe(next);
    expect(after!.publicKey.equals(before!.publicKey)).toBe(false);
    expect(isSignedBy(after!, certificate("home/ca/ca-cert.pem"))).toBe(true);
    expect(isSignedBy(newTls!, certificate("home/ca-cert.pem"))).toBe(true);
    expect(keyReport(at("crypto"))).toEqual({ answered: "2030-01-01T00:00:00.000Z", tls: next });
  });

  test("a pod that is killed and started again has the same roots and enrols the same nodes", async () => {
    const files = ["home/ca/ca-cert.pem", "home/ca-cert.pem", "home/tls-cert.pem"];
    const before = files.map((file) => readFileSync(at(file), "utf8"));
    await stopPod();
    await startPod();
    expect(files.map((file) => readFileSync(at(file), "utf8"))).toEqual(before);
    expect(log.at(-1)).toBe("ConfigMap ca-org1-roots in namespace dev: unchanged");
    rmSync(at("crypto/tls/server.crt"));
    await enrol();
  });

  test("a changed list of hosts gives the server a new certificate of the same root", async () => {
    await stopPod();
    environment.ENROL_CA_HOSTS = "ca-org1,ca.example.com";
    await startPod();
    expect(hostsIn(certificate("home/tls-cert.pem"))).toContain("ca.example.com");
    expect(isSignedBy(certificate("home/tls-cert.pem"), certificate("home/ca-cert.pem"))).toBe(true);
  });

  test("certificates live for minutes where the environment says so, and begin in no future", async () => {
    await stopPod();
    rmSync(at("home/tls-cert.pem"));
    environment.ENROL_CERTIFICATE_LIFE_SECONDS = "180";
    await startPod();
    rmSync(at("crypto/tls/server.crt"));
    await enrol();
    for (const file of ["home/tls-cert.pem", "crypto/tls/server.crt"]) {
      const { validFrom, validTo } = certificate(file);
      const [from, until] = [Date.parse(validFrom), Date.parse(validTo)];
      expect(from).toBeLessThanOrEqual(Date.now());
      expect(until - from).toBeGreaterThanOrEqual(180_000);
      expect(until - from).toBeLessThanOrEqual(270_000);
      expect(until).toBeGreaterThan(Date.now() + 115_000);
    }
  });

  test("a lost volume is noticed before anyone trusts the new roots", async () => {
    await stopPod();
    rmSync(at("home"), { recursive: true });
    await expect(startPod()).rejects.toThrow("does not match this CA's volume: ca.pem");
  });
});
