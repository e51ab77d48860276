/** Private keys of nodes and clients. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";

/**
 * Makes a P-256 key with the operating system's randomness. (fabric-ca-client would make keys and sign requests with jsrsasign,
 * which in Node takes its randomness from `Math.random`.)
 *
 * @returns PKCS#8 PEM
 */
export function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

/** Reads a private key; undefined if the text is not a P-256 private key. */
export function parsePrivateKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : undefined;
  } catch {
    return undefined;
  }
}
