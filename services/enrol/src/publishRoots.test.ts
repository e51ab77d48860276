import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { KubernetesDouble } from "../../common/testing/kubernetesDouble";
import { TestCa } from "../../common/testing/testCa";
import { publishRoots } from "./publishRoots";

let kubernetes: KubernetesDouble;
let ca: TestCa;
let tlsca: TestCa;
let home: string;
let environment: Record<string, string>;
let lines: string[];

const published = () => kubernetes.objects.get("/api/v1/namespaces/dev/configmaps/ca-org1-roots")!;
const run = () => publishRoots(environment, (line) => lines.push(line));

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  [ca, tlsca] = await Promise.all([TestCa.make("ca.org1"), TestCa.make("tlsca.org1")]);
  const directory = mkdtempSync(join(tmpdir(), "publish-roots-"));
  home = join(directory, "home");
  mkdirSync(join(home, "ca"), { recursive: true });
  writeFileSync(join(home, "ca-cert.pem"), tlsca.pem);
  writeFileSync(join(home, "ca", "ca-cert.pem"), ca.pem);
  lines = [];
  environment = {
    ...kubernetes.environment(join(directory, "serviceaccount")),
    ENROL_CA_HOME: home,
    ENROL_ORGANIZATION: "org1",
    ENROL_ROOTS_CONFIGMAP: "ca-org1-roots",
    ENROL_NETWORK: "dev",
    ENROL_TIMEOUT_SECONDS: "1",
  };
});

afterEach(() => kubernetes.stop());

describe("publish-roots", () => {
  it("creates the ConfigMap that nodes and peers trust", async () => {
    await run();
    expect(published()).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: expect.objectContaining({
        name: "ca-org1-roots",
        labels: { "app.kubernetes.io/managed-by": "baas-enrol", "baas.io/network": "dev" },
      }),
      data: {
        "ca.pem": ca.pem,
        "tlsca.pem": tlsca.pem,
        "ccaas-builder.json": JSON.stringify({ organization: "org1", tls_root_cert: tlsca.pem }),
      },
    });
    expect(published().data["ccaas-builder.json"]).not.toContain("\n");
  });

  it("does nothing when it runs again", async () => {
    await run();
    await run();
    expect(kubernetes.calls.map((call) => call.split(" ")[0])).toEqual(["GET", "POST", "GET"]);
    expect(lines.at(-1)).toBe("ConfigMap ca-org1-roots in namespace dev: unchanged");
  });

  it("fails when a root changed, and leaves what was published", async () => {
    await run();
    writeFileSync(join(home, "ca", "ca-cert.pem"), (await TestCa.make("ca.org1")).pem);
    await expect(run()).rejects.toThrow(
      /ConfigMap ca-org1-roots in namespace dev does not match this CA's volume: ca\.pem \(published .*restore the CA's volume/,
    );
    expect(published().data["ca.pem"]).toBe(ca.pem);
  });

  it("publishes certificates alone, whatever else is in the file", async () => {
    const secret = "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n";
    writeFileSync(join(home, "ca-cert.pem"), tlsca.pem + secret);
    await run();
    expect(JSON.stringify(published())).not.toContain("PRIVATE");
  });

  it("says which rights are missing", async () => {
    kubernetes.intercept = () => 403;
    await expect(run()).rejects.toThrow(
      /does not let us read ConfigMap ca-org1-roots \(403: .*Grant the CA's service account create on configmaps and get/,
    );
  });

  it("waits for an API server that is not reachable", async () => {
    environment.KUBERNETES_SERVICE_PORT = "1";
    await expect(run()).rejects.toThrow(/The Kubernetes API server is not reachable \(.*ECONNREFUSED/);
    expect(lines[0]).toMatch(/^waiting for ConfigMap ca-org1-roots in namespace dev/);
  });

  it("says what to do when there are no roots", async () => {
    environment.ENROL_CA_HOME = "/nowhere";
    await expect(run()).rejects.toThrow("is not a root certificate. Restore the CA's volume");
  });
});
