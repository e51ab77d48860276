import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { nodeFiles } from "../../../model/contracts/enrolment";
import { commonName, parseCertificate, subjectValues } from "../../common/certificates";
import { parsePrivateKey } from "../../common/keys";
import { FabricCaDouble } from "../../common/testing/fabricCaDouble";
import { type Life, TestCa } from "../../common/testing/testCa";
import { hostsIn } from "./certificates";
import { enrolNode } from "./enrolNode";
import { enrollingPod, enrolmentSecret } from "./testing/enrollingPod";

let server: FabricCaDouble;
let output: string;
let environment: Record<string, string>;
let lines: string[];

const run = (tlsOnly = false) => enrolNode(environment, { tlsOnly }, (line) => lines.push(line));
const read = (file: string) => readFileSync(join(output, file), "utf8");
const files = () => readdirSync(output, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

beforeAll(async () => {
  server = await FabricCaDouble.start();
});

afterAll(() => server.stop());

beforeEach(() => {
  ({ output, environment } = enrollingPod(server, "peer0", "peer0-org1,peer0-org1.dev.svc,127.0.0.1"));
  lines = [];
  server.enrolments.length = 0;
});

describe("enrolling a node", () => {
  it("leaves a complete MSP and TLS directory and nothing else", async () => {
    await run();
    expect(
      files()
        .map((entry) => join(entry.parentPath, entry.name).slice(output.length + 1))
        .sort(),
    ).toEqual(Object.values(nodeFiles).sort());
    for (const key of [nodeFiles.signingKey, nodeFiles.tlsKey]) {
      expect(statSync(join(output, key)).mode & 0o777).toBe(0o600);
    }
    expect(read(nodeFiles.mspConfig)).toContain("    OrganizationalUnitIdentifier: orderer\n");
  });

  it("asks the right CA for each certificate, with all hosts and its own key", async () => {
    await run();
    expect(server.enrolments).toEqual([{ caName: "tlsca", profile: "tls" }, { caName: "ca" }]);
    for (const [certificateFile, keyFile] of [
      [nodeFiles.tlsCertificate, nodeFiles.tlsKey],
      [nodeFiles.signingCertificate, nodeFiles.signingKey],
    ] as const) {
      const certificate = parseCertificate(read(certificateFile))!;
      expect(hostsIn(certificate)).toEqual(["peer0-org1", "peer0-org1.dev.svc", "127.0.0.1"]);
      expect(commonName(certificate)).toBe("peer0");
      expect(subjectValues(certificate, "OU")).toEqual(["peer"]);
      expect(certificate.checkPrivateKey(parsePrivateKey(read(keyFile))!)).toBe(true);
    }
    expect(read(nodeFiles.tlsKey)).not.toBe(read(nodeFiles.signingKey));
  });

  it("asks for nothing when it runs again", async () => {
    await run();
    server.enrolments.length = 0;
    await run();
    expect(server.enrolments).toEqual([]);
  });

  it("gives a chaincode server a TLS certificate only", async () => {
    await run(true);
    expect(readdirSync(output)).toEqual(["tls"]);
    expect(server.enrolments).toHaveLength(1);
  });

  it("says nothing secret", async () => {
    await run();
    expect(lines.join("\n")).not.toContain(enrolmentSecret);
    expect(lines.join("\n")).not.toContain("PRIVATE");
  });
});

describe("a crash", () => {
  it.each(Object.values(nodeFiles).filter((file) => !file.endsWith("key.pem") && !file.endsWith(".key")))(
    "before %s was written is healed with the same keys",
    async (file) => {
      await run();
      const keys = [read(nodeFiles.signingKey), read(nodeFiles.tlsKey)];
      rmSync(join(output, file));
      writeFileSync(join(output, `${file}.new`), "half a fi");
      await run();
      expect([read(nodeFiles.signingKey), read(nodeFiles.tlsKey)]).toEqual(keys);
      expect(existsSync(join(output, file))).toBe(true);
      expect(existsSync(join(output, `${file}.new`))).toBe(false);
    },
  );

  it("between saving a key and enrolling keeps the key", async () => {
    server.mood = "503 with an empty body";
    await expect(run()).rejects.toThrow();
    const key = read(nodeFiles.tlsKey);
    server.mood = "well";
    await run();
    expect(read(nodeFiles.tlsKey)).toBe(key);
  });
});

describe("renewal", () => {
  const age = async (life: Life) => {
    await run();
    const key = parsePrivateKey(read(nodeFiles.tlsKey))!;
    const hosts = environment.ENROL_HOSTS!.split(",");
    writeFileSync(join(output, nodeFiles.tlsCertificate), await server.tlsca.issue(key, "peer0", hosts, life));
    server.enrolments.length = 0;
    return { key: read(nodeFiles.tlsKey), certificate: read(nodeFiles.tlsCertificate) };
  };

  it("happens in the last third of life, with the same key", async () => {
    const before = await age({ from: -300, until: 60 });
    await run();
    expect(server.enrolments.map(({ caName }) => caName)).toEqual(["tlsca"]);
    expect(read(nodeFiles.tlsKey)).toBe(before.key);
    expect(read(nodeFiles.tlsCertificate)).not.toBe(before.certificate);
  });

  it("does not keep a node down while its certificate still works", async () => {
    const before = await age({ from: -300, until: 60 });
    server.mood = "503 with an empty body";
    await run();
    expect(read(nodeFiles.tlsCertificate)).toBe(before.certificate);
    expect(lines.join("\n")).toMatch(/kept for now, it expires at/);
  });

  it("is waited for when the certificate has expired", async () => {
    await age({ from: -300, until: -1 });
    server.mood = "503 with an empty body";
    await expect(run()).rejects.toThrow("is not reachable (HTTP status code 503)");
  });

  it("happens after any time: with the secret alone, when all certificates have expired", async () => {
    await age({ from: -400, until: -30 });
    const key = parsePrivateKey(read(nodeFiles.signingKey))!;
    const expired = await server.ca.issue(key, "peer0", environment.ENROL_HOSTS!.split(","), {
      from: -400,
      until: -30,
    });
    writeFileSync(join(output, nodeFiles.signingCertificate), expired);
    const renewAt = await run();
    expect(server.enrolments.map(({ caName }) => caName)).toEqual(["tlsca", "ca"]);
    expect(parseCertificate(read(nodeFiles.signingCertificate))!.checkPrivateKey(key)).toBe(true);
    expect(Math.round((renewAt - Date.now()) / 86_400_000)).toBe(365 * 0.6);
  });

  it("is done at the next start when it is asked for, of what is older than the request", async () => {
    await run();
    const before = read(nodeFiles.tlsCertificate);
    server.enrolments.length = 0;
    writeFileSync(join(environment.ENROL_SECRET_DIR!, "renewIssuedBefore"), new Date().toISOString());
    await run();
    expect(server.enrolments).toHaveLength(2);
    expect(read(nodeFiles.tlsCertificate)).not.toBe(before);
    server.enrolments.length = 0;
    writeFileSync(join(environment.ENROL_SECRET_DIR!, "renewIssuedBefore"), "2020-01-01T00:00:00Z");
    await run();
    expect(server.enrolments).toHaveLength(0);
  });

  it("follows a change of hosts", async () => {
    await run();
    const key = read(nodeFiles.tlsKey);
    environment.ENROL_HOSTS = "peer0-org1,peer0.example.com";
    await run();
    expect(hostsIn(parseCertificate(read(nodeFiles.tlsCertificate))!)).toEqual(["peer0-org1", "peer0.example.com"]);
    expect(read(nodeFiles.tlsKey)).toBe(key);
  });
});

describe("a CA that is not there yet", () => {
  it.each(["503 with an empty body", "half an answer", "500"] as const)("(%s) is waited for", async (mood) => {
    environment.ENROL_TIMEOUT_SECONDS = "30";
    server.mood = mood;
    setTimeout(() => (server.mood = "well"), 400);
    await run();
    expect(lines.filter((line) => line.startsWith("waiting for a TLS certificate"))).toHaveLength(1);
  });

  it("(not listening) is waited for", async () => {
    environment.ENROL_TIMEOUT_SECONDS = "30";
    await server.stop();
    setTimeout(() => void server.listen(), 400);
    await run();
    expect(lines.join("\n")).toContain("is not reachable (ECONNREFUSED)");
  });

  it("(identity not registered) is waited for", async () => {
    environment.ENROL_TIMEOUT_SECONDS = "30";
    server.forget("peer0");
    setTimeout(() => server.register("peer0", enrolmentSecret), 400);
    await run();
    expect(lines.join("\n")).toContain("does not accept peer0: it is not registered yet, or with another secret");
  });
});

describe("what cannot be right is refused", () => {
  it("a wrong secret, after the time given", async () => {
    server.register("peer0", "another");
    await expect(run()).rejects.toThrow(/does not accept peer0: .*describe identity/);
  });

  it("a server that is not this organization's", async () => {
    writeFileSync(join(environment.ENROL_ROOTS_DIR!, "tlsca.pem"), (await TestCa.make("tlsca.org1")).pem);
    await expect(run()).rejects.toThrow(/TLS certificate of https:\/\/localhost:\d+ is not valid against tlsca.pem/);
  });

  it("a certificate for another key", async () => {
    server.mood = "another key";
    await expect(run()).rejects.toThrow("issued a TLS certificate that cannot be used: it belongs to another key");
    expect(existsSync(join(output, nodeFiles.tlsCertificate))).toBe(false);
  });

  it("a root that changed", async () => {
    await run();
    writeFileSync(join(environment.ENROL_ROOTS_DIR!, "ca.pem"), (await TestCa.make("ca.org1")).pem);
    await expect(run()).rejects.toThrow(/The CA's root changed: .*Restore the CA's volume/);
  });

  it("a damaged key, which is not replaced", async () => {
    await run();
    writeFileSync(join(output, nodeFiles.tlsKey), "");
    await expect(run()).rejects.toThrow("server.key is not a P-256 private key");
    expect(read(nodeFiles.tlsKey)).toBe("");
  });

  it("a URL without TLS", async () => {
    environment.ENROL_CA_URL = "http://localhost:7054";
    await expect(run()).rejects.toThrow('The CA\'s URL is "http://localhost:7054". Give one like https://ca-org1:7054');
  });
});
