/** Who calls: an identity of an organization, and how it signs. */
import { createPrivateKey, type KeyObject, sign, X509Certificate } from "node:crypto";

import { msp } from "@hyperledger/fabric-protos";

import { invalidArgument } from "../errors.ts";
import { withLowS } from "./lowS.ts";

/** An identity that can sign. Implement it to sign with a key that is kept elsewhere, such as in a hardware module. */
export interface Signer {
  /** Membership service provider ID, such as `Org1MSP`. */
  mspId: string;
  /** X.509 certificate of the identity (PEM). */
  certificate: string;
  /**
   * Signs a message (not its digest) with ECDSA over SHA-256.
   *
   * @param message - what to sign
   * @returns the signature in DER, with a low S: Fabric refuses the other half of all signatures
   */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/**
 * A signer from a certificate and its private key in memory. It hashes and signs in OpenSSL, in less than half of the processor
 * time of the signer in JavaScript that `@hyperledger/fabric-gateway` has.
 *
 * @param mspId - membership service provider ID, such as `Org1MSP`
 * @param certificate - X.509 certificate (PEM)
 * @param privateKey - private key (PEM, PKCS#8 or SEC 1) on curve P-256
 * @throws {@link ClientError} `INVALID_ARGUMENT` if either does not parse, the curve is another, or they do not belong together
 *
 * @example
 * ```js
 * import { readFileSync } from "node:fs";
 * import { connect, pemSigner } from "@baas/client";
 *
 * const signer = pemSigner("Org1MSP", readFileSync("cert.pem", "utf8"), readFileSync("key.pem", "utf8"));
 * const client = await connect("blockchain_client.yaml", { signer });
 * client.close();
 * ```
 */
export function pemSigner(mspId: string, certificate: string, privateKey: string): Signer {
  const key = parse(() => createPrivateKey(privateKey), `the private key of ${mspId} is not PEM of an unencrypted key`);
  const parsed = parse(
    () => new X509Certificate(certificate),
    `the certificate of ${mspId} is not PEM of an X.509 certificate`,
  );
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType !== "ec" || curve !== "prime256v1") {
    const found = curve ?? key.asymmetricKeyType;
    throw invalidArgument(
      `the private key of ${mspId} is ${found}, not ECDSA on curve P-256`,
      "Pass a signer of your own to connect.",
    );
  }
  if (!parsed.checkPrivateKey(key)) throw invalidArgument(`the private key of ${mspId} is not that of its certificate`);
  return { mspId, certificate, sign: async (message) => signNatively(message, key) };
}

function signNatively(message: Uint8Array, key: KeyObject): Uint8Array {
  return withLowS(sign("sha256", message, key));
}

/**
 * An identity as Fabric writes it into headers: a serialized `msp.SerializedIdentity`.
 *
 * @internal
 */
export function serializedIdentity({ mspId, certificate }: Pick<Signer, "mspId" | "certificate">): Uint8Array {
  const identity = new msp.SerializedIdentity();
  identity.setMspid(mspId);
  identity.setIdBytes(Buffer.from(certificate));
  return identity.serializeBinary();
}

/** A signer that fails. */
export class SignerFailure extends Error {
  constructor(override readonly cause: unknown) {
    super((cause as Error).message);
  }
}

function parse<T>(read: () => T, reason: string): T {
  try {
    return read();
  } catch (cause) {
    // The parser's error does not contain the key.
    throw invalidArgument(`${reason} (${(cause as Error).message})`);
  }
}
