import { generateKeyPairSync, verify, X509Certificate } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TestOrganization } from "../testing/testOrganization.ts";
import { pemSigner } from "./identity.ts";
import { isLowS } from "./lowS.ts";

let organization: TestOrganization;
beforeAll(async () => {
  organization = await TestOrganization.start();
});
afterAll(() => organization.close());

/** The S of a DER signature, as 32 bytes. */
function sOf(signature: Uint8Array): Buffer {
  const s = Buffer.from(signature).subarray(4 + signature[3]! + 2);
  return Buffer.concat([Buffer.alloc(32), s]).subarray(-32);
}

describe("the native signer", () => {
  it("makes valid signatures, all with a low S", async () => {
    const { certificate, key } = organization.certificates.user;
    const signer = pemSigner("Org1MSP", certificate, key);
    const { publicKey } = new X509Certificate(certificate);
    for (let i = 0; i < 200; i++) {
      const message = Buffer.from(`message ${i}`);
      const signature = await signer.sign(message);
      expect(verify("sha256", message, publicKey, signature)).toBe(true);
      expect(isLowS(sOf(signature))).toBe(true);
    }
  });

  const pem = { type: "pkcs8", format: "pem" } as const;
  it.each<[string, () => string, RegExp]>([
    [
      "another curve",
      () => generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey.export(pem) as string,
      /is secp384r1, not ECDSA on curve P-256\. Pass a signer of your own to connect\.$/,
    ],
    [
      "another algorithm",
      () => generateKeyPairSync("ed25519").privateKey.export(pem) as string,
      /is ed25519, not ECDSA on curve P-256/,
    ],
    ["another key", () => organization.certificates.other.key, /is not that of its certificate\.$/],
    ["no key", () => "hello", /is not PEM of an unencrypted key \(/],
  ])("refuses %s", (_, key, message) => {
    const { certificate } = organization.certificates.user;
    expect(() => pemSigner("Org1MSP", certificate, key())).toThrow(message);
    expect(() => pemSigner("Org1MSP", certificate, key())).toThrow(/^configuration: the private key of Org1MSP /);
  });
});

describe("a signer of the application's own", () => {
  it("signs in place of the configuration's identity", async () => {
    const { certificate, key } = organization.certificates.other;
    const signer = pemSigner("Org1MSP", certificate, key);
    const client = await organization.connect({ identity: undefined }, { signer });
    expect(await client.submit("Put", ["a", "b"])).toMatchObject({ attempts: 1 });
    expect(organization.peers.map(({ creator }) => creator)).toContain(certificate);
  });

  it("that fails ends the call before anything is sent, and says so", async () => {
    const { certificate } = organization.certificates.other;
    const sign = () => Promise.reject(new Error("the module is locked"));
    const client = await organization.connect({}, { signer: { mspId: "Org1MSP", certificate, sign } });
    await expect(client.submit("Put", ["a", "b"])).rejects.toMatchObject({
      code: "SIGNER",
      reason: "the signer failed, so nothing was sent: the module is locked",
      isOutcomeUnknown: false,
    });
  });
});
