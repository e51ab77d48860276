/** Reads certificates in PEM. */
import { X509Certificate } from "node:crypto";

const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text; none if one of them cannot be read. */
export function certificatesIn(pem: string): X509Certificate[] {
  try {
    return [...pem.matchAll(block)].map(([certificate]) => new X509Certificate(certificate));
  } catch {
    return [];
  }
}
