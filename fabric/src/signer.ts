/** Signing as a member of an organization. */
import { createPrivateKey, type KeyObject, sign, X509Certificate } from "node:crypto";

import { msp } from "@hyperledger/fabric-protos";

import { invalidArgument } from "./errors";
import { withLowS } from "./lowS";

/** An identity of an organization that can sign. Implement it to sign with a key that is kept elsewhere. */
export interface Signer {
  /** Membership service provider ID, such as `Org1MSP`. */
  mspId: string;
  /** X.509 certificate of the identity (PEM). */
  certificate: string;
  /**
   * Signs a message (not its digest) with ECDSA over SHA-256.
   *
   * @returns the signature in DER, with a low S: Fabric refuses the other half of all signatures
   */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/**
 * A signer from a certificate and its private key in memory. It hashes and signs in OpenSSL: about 0.05 ms a signature.
 *
 * @param key - private key (PEM, PKCS#8 or SEC 1) on curve P-256
 * @throws FabricError `INVALID_ARGUMENT` if either does not parse, the curve is another, or they do not belong together
 */
export function pemSigner(mspId: string, certificate: string, key: string): Signer {
  const step = `making a signer of ${mspId}`;
  const privateKey = read(() => createPrivateKey(key), step, "the private key is not PEM of an unencrypted key");
  const parsed = read(
    () => new X509Certificate(certificate),
    step,
    "the certificate is not PEM of an X.509 certificate",
  );
  const curve = privateKey.asymmetricKeyDetails?.namedCurve;
  if (privateKey.asymmetricKeyType !== "ec" || curve !== "prime256v1") {
    throw invalidArgument(step, `the key is ${curve ?? privateKey.asymmetricKeyType}, not ECDSA on curve P-256`);
  }
  if (!parsed.checkPrivateKey(privateKey)) {
    throw invalidArgument(step, "the private key is not that of the certificate");
  }
  return { mspId, certificate, sign: (message) => signNatively(message, privateKey) };
}

async function signNatively(message: Uint8Array, key: KeyObject): Promise<Uint8Array> {
  return withLowS(sign("sha256", message, key));
}

/** An identity as Fabric writes it into headers and signatures: a serialized `msp.SerializedIdentity`. */
export function serializedIdentity(signer: Pick<Signer, "mspId" | "certificate">): Uint8Array {
  const identity = new msp.SerializedIdentity();
  identity.setMspid(signer.mspId);
  identity.setIdBytes(Buffer.from(signer.certificate));
  return identity.serializeBinary();
}

function read<T>(parse: () => T, step: string, reason: string): T {
  try {
    return parse();
  } catch (cause) {
    // The parser's error does not contain the key.
    throw invalidArgument(step, `${reason} (${(cause as Error).message})`);
  }
}
