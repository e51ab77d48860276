import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { certificateRequest } from "../../../common/certificateRequest";
import { newPrivateKey, parsePrivateKey } from "../../../common/keys";
import { jsonLog } from "../../../common/log";
import { type Life, TestCa } from "../../../common/testing/testCa";
import { Certificates } from "./certificates";

let folder: string;
let now: number;
let lines: string[];
let ca: TestCa;

const at = (name: string) => join(folder, name);
const day = 24 * 3_600_000;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "baas-authorities-"));
  now = Date.now();
  lines = [];
  ca = await TestCa.make("ca");
  writeFileSync(at("org1.pem"), ca.pem);
});
afterEach(() => rmSync(folder, { recursive: true }));

const certificates = (more: object = {}) =>
  new Certificates(
    { org1: { certificates: at("org1.pem") }, ...more },
    jsonLog("debug", (line) => lines.push(line)),
    () => now,
  );

async function leaf(from: TestCa, name = "alice", life?: Life): Promise<string> {
  const request = await certificateRequest(parsePrivateKey(newPrivateKey())!, name, []);
  return from.sign(request, "client", life);
}

const der = (pem: string) => new X509Certificate(pem).raw.toString("base64");
const refused = (reason: string) => `You are not who you say: ${reason}.`;

describe("a name", () => {
  it("tells callers of two CAs with the same name apart", async () => {
    const other = await TestCa.make("ca");
    writeFileSync(at("org2.pem"), other.pem);
    const both = certificates({ org2: { certificates: at("org2.pem") } });
    expect(await both.check(der(await leaf(ca)))).toBe("certificate:org1/CN=alice,OU=client");
    expect(await both.check(der(await leaf(other)))).toBe("certificate:org2/CN=alice,OU=client");
  });

  it("cannot pretend to have another part", async () => {
    const name = await certificates().check(der(await leaf(ca, "alice,OU=admin\nO=org2")));
    expect(name).toBe("certificate:org1/CN=alice\\,OU=admin\\0AO=org2,OU=client");
  });

  it("must be there", async () => {
    const [key, pem] = [at("key.pem"), at("org1.pem")];
    const nobody = ["req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/", "-keyout", key, "-out", pem];
    execFileSync("openssl", nobody, { stdio: "pipe" });
    const itself = der(readFileSync(pem, "utf8"));
    await expect(certificates().check(itself)).rejects.toThrow(refused("the certificate has no subject"));
  });
});

describe("a certificate", () => {
  it.each<[string, (each: TestCa) => Promise<string>, string]>([
    ["that cannot be read", async () => "abc", refused("the certificate cannot be read")],
    [
      "of another CA",
      async () => der(await leaf(await TestCa.make("ca"))),
      refused("no CA that counts here has issued the certificate itself"),
    ],
    [
      "that has expired",
      async (own) => der(await leaf(own, "a", { from: -2, until: -1 })),
      refused("the certificate has expired"),
    ],
    [
      "of the future",
      async (own) => der(await leaf(own, "a", { from: 1, until: 2 })),
      refused("the certificate is not valid yet"),
    ],
  ])("%s does not count", async (_, make, detail) => {
    await expect(certificates().check(await make(ca))).rejects.toMatchObject({ status: 401, detail });
  });

  it("does not count as long as there is no revocation list", async () => {
    const own = certificates({ org1: { certificates: at("org1.pem"), revocationList: at("org1.crl") } });
    const alice = der(await leaf(ca));
    await expect(own.check(alice)).rejects.toMatchObject({
      status: 503,
      detail: "The revocation list of org1 is not there, so that its certificates cannot be checked. Try again.",
    });
    writeFileSync(at("org1.crl"), await ca.revocationList([]));
    now += 60_000;
    expect(await own.check(alice)).toBe("certificate:org1/CN=alice,OU=client");
  });
});

describe("a revocation list", () => {
  const withList = () => certificates({ org1: { certificates: at("org1.pem"), revocationList: at("org1.crl") } });

  it("counts from the next look at its file on", async () => {
    const [own, alice, bob] = [withList(), await leaf(ca), await leaf(ca, "bob")];
    writeFileSync(at("org1.crl"), await ca.revocationList([]));
    await own.check(der(alice));
    writeFileSync(at("org1.crl"), await ca.revocationList([alice]));
    now += 60_000;
    await expect(own.check(der(alice))).rejects.toMatchObject({
      status: 401,
      detail: refused("the certificate was revoked"),
    });
    expect(await own.check(der(bob))).toBe("certificate:org1/CN=bob,OU=client");
  });

  it("of another CA with the same name is none", async () => {
    const own = withList();
    writeFileSync(at("org1.crl"), await (await TestCa.make("ca")).revocationList([]));
    await expect(own.check(der(await leaf(ca)))).rejects.toMatchObject({ status: 503 });
  });

  it("is kept when its file breaks", async () => {
    const [own, alice] = [withList(), await leaf(ca)];
    writeFileSync(at("org1.crl"), await ca.revocationList([alice]));
    await expect(own.check(der(alice))).rejects.toMatchObject({ status: 401 });
    for (const text of ["", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"]) {
      writeFileSync(at("org1.crl"), text);
      now += 60_000;
      await expect(own.check(der(alice))).rejects.toMatchObject({ detail: refused("the certificate was revoked") });
    }
  });

  it("counts when it is out of date, and the log says so", async () => {
    const [own, alice, bob] = [withList(), await leaf(ca), await leaf(ca, "bob")];
    writeFileSync(at("org1.crl"), await ca.revocationList([alice]));
    now += 2 * day;
    await expect(own.check(der(alice))).rejects.toMatchObject({ detail: refused("the certificate was revoked") });
    expect(await own.check(der(bob))).toBe("certificate:org1/CN=bob,OU=client");
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        level: "warn",
        message: "A revocation list is out of date, and counts for now",
        authority: "org1",
      }),
    );
  });
});
