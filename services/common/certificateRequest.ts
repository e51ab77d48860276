/** Certificate signing requests, made by Node's own cryptography. */
import "reflect-metadata";

import { createPublicKey, type KeyObject, webcrypto } from "node:crypto";
import { isIP } from "node:net";

import {
  type JsonGeneralName,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
} from "@peculiar/x509";

/** The algorithm of all keys and signatures. */
export const p256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/**
 * A certificate signing request for an existing key.
 *
 * @param commonName - the enrolment ID: Fabric CA refuses another one
 * @param hosts - DNS names and IP addresses for the subject alternative names
 * @returns PEM
 */
export async function certificateRequest(
  key: KeyObject,
  commonName: string,
  hosts: readonly string[],
): Promise<string> {
  const keys = await webKeys(key);
  const names = hosts.map((value): JsonGeneralName => ({ type: isIP(value) === 0 ? "dns" : "ip", value }));
  const request = await Pkcs10CertificateRequestGenerator.create(
    {
      name: [{ CN: [commonName] }],
      keys,
      signingAlgorithm: p256,
      extensions: names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : [],
    },
    webcrypto as never,
  );
  return request.toString("pem");
}

/** A private key with its public key, in the form of the Web Cryptography API. */
export async function webKeys(key: KeyObject) {
  const [privateKey, publicKey] = await Promise.all([
    webcrypto.subtle.importKey("pkcs8", key.export({ type: "pkcs8", format: "der" }), p256, false, ["sign"]),
    webcrypto.subtle.importKey("spki", createPublicKey(key).export({ type: "spki", format: "der" }), p256, true, [
      "verify",
    ]),
  ]);
  return { privateKey, publicKey };
}
