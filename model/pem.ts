/** Reads certificates in PEM. */
import { X509Certificate } from "node:crypto";

const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text; none if one of them cannot be read, or has no end. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = [...pem.matchAll(block)];
  if (pem.split("-----BEGIN CERTIFICATE-----").length - 1 !== blocks.length) return [];
  try {
    return blocks.map(([certificate]) => new X509Certificate(certificate));
  } catch {
    return [];
  }
}
