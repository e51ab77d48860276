/** Reads fields of certificates. */
import { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";

/** Reads one PEM certificate; undefined if the text is not one. */
export function parseCertificate(pem: string | undefined): X509Certificate | undefined {
  if (pem === undefined) return undefined;
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** The common name of a certificate's subject, or "" if it has none. */
export function commonName(certificate: X509Certificate): string {
  return subjectValues(certificate, "CN")[0] ?? "";
}

/** The values of one attribute of a certificate's subject, for example `OU`. */
export function subjectValues({ subject }: X509Certificate, attribute: string): string[] {
  return (
    subject
      .split("\n")
      .filter((line) => line.startsWith(`${attribute}=`))
      // Node writes a backslash before what has a meaning in a distinguished name.
      .map((line) => line.slice(attribute.length + 1).replace(/\\(.)/g, "$1"))
  );
}

/** Share of a certificate's life after which it should be renewed. */
export const renewalShare = 2 / 3;

/** Whether a share of a certificate's life is over: it should be renewed. `now` is in milliseconds since 1970. */
export function isAgeing(
  certificate: Pick<X509Certificate, "validFrom" | "validTo">,
  now: number,
  share = renewalShare,
): boolean {
  const { from, until } = lifeOf(certificate);
  return now >= from + (until - from) * share;
}

/** When a certificate's life begins and ends, in milliseconds since 1970. */
export function lifeOf({ validFrom, validTo }: Pick<X509Certificate, "validFrom" | "validTo">): {
  from: number;
  until: number;
} {
  return { from: Date.parse(validFrom), until: Date.parse(validTo) };
}

/** A hash of a public key, by which programs name it. Of a private key: that of its public key. */
export function publicKeyHash(key: KeyObject): string {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url");
}
