import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { parseCertificate } from "../../common/certificates";
import { newPrivateKey, parsePrivateKey } from "../../common/keys";
import { type Life, TestCa } from "../../common/testing/testCa";
import { initCa } from "./initCa";

const registrarPassword = "a-very-secret-password";
let home: string;
let environment: Record<string, string>;
let lines: string[];

const run = () => initCa(environment, (line) => lines.push(line));
const at = (file: string) => join(home, file);

beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), "init-ca-"));
  home = join(directory, "home");
  mkdirSync(join(directory, "registrar"));
  writeFileSync(join(directory, "registrar", "username"), "registrar\n");
  writeFileSync(join(directory, "registrar", "password"), registrarPassword);
  lines = [];
  environment = {
    ENROL_ORGANIZATION: "org1",
    ENROL_DOMAIN: "org1.example.com",
    ENROL_CA_HOSTS: "ca-org1",
    ENROL_CA_HOME: home,
    ENROL_REGISTRAR_DIR: join(directory, "registrar"),
  };
});

describe("init-ca", () => {
  it("writes two files for their owner alone, and the password nowhere else", async () => {
    await run();
    for (const file of ["fabric-ca-server-config.yaml", "ca/fabric-ca-config.yaml"]) {
      expect(statSync(at(file)).mode & 0o777).toBe(0o600);
      expect(readFileSync(at(file), "utf8")).toContain(`"pass": "${registrarPassword}"`);
    }
    expect(statSync(at("msp")).mode & 0o777).toBe(0o700);
    expect(lines.join()).not.toContain(registrarPassword);
  });

  it("changes nothing when it runs again", async () => {
    await run();
    const before = statSync(at("fabric-ca-server-config.yaml")).ino;
    await run();
    expect(statSync(at("fabric-ca-server-config.yaml")).ino).toBe(before);
    expect(lines.slice(-2)).toEqual([
      "configuration of the CAs of org1: unchanged",
      "certificate of the metrics: made",
    ]);
  });

  it("follows a changed list of hosts", async () => {
    await run();
    environment.ENROL_CA_HOSTS = "ca-org1,ca.example.com";
    await run();
    expect(readFileSync(at("fabric-ca-server-config.yaml"), "utf8")).toContain("ca.example.com");
  });

  it("names the Secret when the password is not mounted", async () => {
    environment.ENROL_REGISTRAR_DIR = "/nowhere";
    await expect(run()).rejects.toThrow(/Cannot read \/nowhere\/username.*registrar Secret/);
    expect(existsSync(home)).toBe(false);
  });
});

describe("the server's TLS certificate", () => {
  const serverHosts = ["ca-org1", "localhost", "127.0.0.1"];
  let root: TestCa;

  const given = async (issuer: TestCa, hosts = serverHosts, life?: Life) => {
    await run();
    writeFileSync(at("ca-cert.pem"), root.pem);
    writeFileSync(at("tls-cert.pem"), await issuer.issue(parsePrivateKey(newPrivateKey())!, "pod", hosts, life));
    await run();
    return existsSync(at("tls-cert.pem"));
  };

  beforeEach(async () => {
    root = await TestCa.make("tlsca.org1");
  });

  it("is kept while it is good", async () => {
    expect(await given(root)).toBe(true);
  });

  it("is removed in the last third of its life", async () => {
    expect(await given(root, serverHosts, { from: -300, until: 65 })).toBe(false);
    expect(lines.at(-1)).toMatch(/removed, as it expires at .*; the server makes a new one from the same root/);
  });

  it("is removed when it has expired, or somebody has asked for a new one", async () => {
    expect(await given(root, serverHosts, { from: -400, until: -30 })).toBe(false);
    expect(await given(root)).toBe(true);
    writeFileSync(join(environment.ENROL_REGISTRAR_DIR!, "renewIssuedBefore"), new Date().toISOString());
    await run();
    expect(existsSync(at("tls-cert.pem"))).toBe(false);
  });

  it("is removed when a host is missing", async () => {
    expect(await given(root, ["localhost", "127.0.0.1"])).toBe(false);
  });

  it("is removed when it comes from another root", async () => {
    expect(await given(await TestCa.make("tlsca.org1"))).toBe(false);
  });

  it("is removed when it was never finished", async () => {
    await run();
    writeFileSync(at("ca-cert.pem"), root.pem);
    writeFileSync(at("tls-cert.pem"), "-----BEGIN CERT");
    await run();
    expect(existsSync(at("tls-cert.pem"))).toBe(false);
  });
});

describe("a damaged root", () => {
  it("that has never issued anything is made anew", async () => {
    await run();
    writeFileSync(at("ca/ca-cert.pem"), "");
    await run();
    expect(parseCertificate(readFileSync(at("ca/ca-cert.pem"), "utf8"))?.ca).toBe(true);
  });

  it("that is in use stops the start and stays", async () => {
    await run();
    writeFileSync(at("ca/ca-cert.pem"), "");
    writeFileSync(at("ca/fabric-ca-server.db"), "SQLite");
    await expect(run()).rejects.toThrow(/ca-cert.pem is damaged\. Restore it from ConfigMap/);
    expect(existsSync(at("ca/ca-cert.pem"))).toBe(true);
  });

  it("that is missing although it has issued certificates stops the start, too", async () => {
    await run();
    rmSync(at("ca-cert.pem"));
    writeFileSync(at("fabric-ca-server.db"), "SQLite");
    await expect(run()).rejects.toThrow(/ca-cert.pem is missing\. Restore it from ConfigMap/);
    expect(existsSync(at("ca-cert.pem"))).toBe(false);
  });
});
