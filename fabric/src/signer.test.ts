import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, verify, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { msp } from "@hyperledger/fabric-protos";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { isLowS, withLowS } from "./lowS";
import { pemSigner, serializedIdentity } from "./signer";

const order = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

const bytes32 = (value: bigint) => Buffer.from(value.toString(16).padStart(64, "0"), "hex");

/** r and s of a DER signature, read by rules of its own. */
function readDer(der: Uint8Array): [bigint, bigint] {
  const bytes = Buffer.from(der);
  expect(bytes[0]).toBe(0x30);
  expect(bytes[1]).toBe(bytes.length - 2);
  const integer = (at: number): { value: bigint; end: number } => {
    expect(bytes[at]).toBe(2);
    const end = at + 2 + bytes[at + 1]!;
    const digits = bytes.subarray(at + 2, end);
    expect(digits[0]! & 0x80, "negative").toBe(0);
    if (digits.length > 1 && digits[0] === 0) expect(digits[1]! & 0x80, "padded").toBe(0x80);
    return { value: BigInt(`0x${digits.toString("hex")}`), end };
  };
  const r = integer(2);
  const s = integer(r.end);
  expect(s.end).toBe(bytes.length);
  return [r.value, s.value];
}

/** DER of r and s, by rules of its own. */
function toDer(...values: bigint[]): Buffer {
  const integers = values.map((value) => {
    const hex = value.toString(16);
    const digits = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
    const positive = digits[0]! > 0x7f ? Buffer.concat([Buffer.from([0]), digits]) : digits;
    return Buffer.concat([Buffer.from([2, positive.length]), positive]);
  });
  const body = Buffer.concat(integers);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

describe("withLowS", () => {
  const scalar = fc.bigInt(1n, order - 1n);

  it("keeps r, and turns s into the lower of s and n - s", () => {
    fc.assert(
      fc.property(scalar, scalar, (r, s) => {
        const [readR, readS] = readDer(withLowS(toDer(r, s)));
        expect(readR).toBe(r);
        expect(readS).toBe(s * 2n > order ? order - s : s);
      }),
      { numRuns: 200 },
    );
  });

  it.each([1n, order >> 1n, (order >> 1n) + 1n, order - 1n])("does so at the edges: %s", (s) => {
    const [, read] = readDer(withLowS(toDer(1n, s)));
    expect(read).toBe(s * 2n > order ? order - s : s);
    expect(isLowS(bytes32(read))).toBe(true);
  });
});

describe("pemSigner", () => {
  let folder: string;
  let key: string;
  let certificate: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "baas-signer-"));
    const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem");
    openssl("req", "-new", "-x509", "-key", "key.pem", "-subj", "/CN=admin", "-days", "1", "-out", "cert.pem");
    key = readFileSync(join(folder, "key.pem"), "utf8");
    certificate = readFileSync(join(folder, "cert.pem"), "utf8");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("signs so that everybody can verify, always with a low S", async () => {
    const signer = pemSigner("Org1MSP", certificate, key);
    const publicKey = createPublicKey(certificate);
    for (let i = 0; i < 100; i++) {
      const message = Buffer.from(`message ${i}`);
      const signature = await signer.sign(message);
      expect(verify("sha256", message, publicKey, signature)).toBe(true);
      expect(isLowS(bytes32(readDer(signature)[1]))).toBe(true);
    }
  });

  it("serializes its identity", () => {
    const identity = msp.SerializedIdentity.deserializeBinary(serializedIdentity({ mspId: "Org1MSP", certificate }));
    expect(identity.getMspid()).toBe("Org1MSP");
    expect(new X509Certificate(identity.getIdBytes_asU8()).subject).toBe("CN=admin");
  });

  const ec = (namedCurve: string) => ({
    namedCurve,
    publicKeyEncoding: { type: "spki", format: "pem" } as const,
    privateKeyEncoding: { type: "pkcs8", format: "pem" } as const,
  });

  it("refuses what it cannot sign with, without a word about the key's content", () => {
    const other = generateKeyPairSync("ec", ec("prime256v1")).privateKey;
    const large = generateKeyPairSync("ec", ec("secp384r1")).privateKey;
    expect(() => pemSigner("Org1MSP", certificate, other)).toThrow(
      "making a signer of Org1MSP: the private key is not that of the certificate",
    );
    expect(() => pemSigner("Org1MSP", certificate, large)).toThrow(
      "making a signer of Org1MSP: the key is secp384r1, not ECDSA on curve P-256",
    );
    expect(() => pemSigner("Org1MSP", "nothing", key)).toThrow("the certificate is not PEM of an X.509 certificate");
    expect(() => pemSigner("Org1MSP", certificate, "secret-words")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret-words") }),
    );
  });
});
