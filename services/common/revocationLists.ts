/** Certificate revocation lists (RFC 5280). */
import "reflect-metadata";

import { webcrypto, type X509Certificate } from "node:crypto";

import { PemConverter, PublicKey, X509Crl } from "@peculiar/x509";

/** A list of one CA. */
export interface RevocationList {
  /** Milliseconds since 1970. */
  thisUpdate: number;
  /** When the CA means to have published another one. */
  nextUpdate?: number | undefined;
  /** Serial numbers of revoked certificates, sorted. */
  serialNumbers: readonly string[];
  /** Whether a certificate is revoked, by its serial number as Node spells it. */
  has(serialNumber: string): boolean;
  isSignedBy(certificate: X509Certificate): Promise<boolean>;
}

const block = /-----BEGIN (X509 )?CRL-----[\s\S]*?-----END (X509 )?CRL-----/g;

/** The lists of a PEM text; what cannot be read is left out. */
export function parseRevocationLists(pem: string): RevocationList[] {
  return [...pem.matchAll(block)].flatMap(([text]) => parseRevocationList(text) ?? []);
}

/** The newest of some lists that a CA has signed. */
export async function issuedBy(
  lists: readonly RevocationList[],
  authority: X509Certificate,
): Promise<RevocationList | undefined> {
  const own: RevocationList[] = [];
  for (const list of lists) if (await list.isSignedBy(authority)) own.push(list);
  return own.sort((a, b) => b.thisUpdate - a.thisUpdate)[0];
}

/** A list as PEM, whether it was PEM or DER. */
export function revocationListPem(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  return text.includes("-----BEGIN") ? text : `${PemConverter.encode(new Uint8Array(bytes), "X509 CRL")}\n`;
}

function parseRevocationList(pem: string): RevocationList | undefined {
  let crl: X509Crl;
  try {
    crl = new X509Crl(pem);
  } catch {
    return undefined;
  }
  const revoked = new Set(crl.entries.map(({ serialNumber }) => plain(serialNumber)));
  return {
    thisUpdate: crl.thisUpdate.getTime(),
    nextUpdate: crl.nextUpdate?.getTime(),
    serialNumbers: [...revoked].sort(),
    has: (serialNumber) => revoked.has(plain(serialNumber)),
    async isSignedBy(certificate) {
      try {
        const publicKey = new PublicKey(certificate.publicKey.export({ format: "der", type: "spki" }));
        return await crl.verify({ publicKey }, webcrypto as never);
      } catch {
        return false;
      }
    },
  };
}

/** Serial numbers are spelled with or without zeros before them, in upper or lower case. */
function plain(serialNumber: string): string {
  return serialNumber.toLowerCase().replace(/^0+(?=.)/, "");
}
