/** Who may open a session: by a certificate of the organization's CA. */
import { X509Certificate } from "node:crypto";

/** Whom a relay lets in. */
export interface Admission {
  /** Root (PEM) of the organization's signing certificates. */
  signingRoot: string;
  /** Enrolment IDs of clients. */
  developers: readonly string[];
}

/** A developer, or why a certificate is not one's. */
export type Admitted = { developer: string } | { refusal: string };

/**
 * Whether a certificate, of which the TLS handshake has shown that the caller has its key, is that of a developer.
 *
 * @param certificate - absent if the caller showed none
 */
export function admitted(
  certificate: X509Certificate | undefined,
  { signingRoot, developers }: Admission,
  now = new Date(),
): Admitted {
  if (certificate === undefined) return { refusal: "show the certificate of an enrolled client of this organization" };
  const root = new X509Certificate(signingRoot);
  if (!certificate.checkIssued(root) || !certificate.verify(root.publicKey))
    return { refusal: "the certificate is not of this organization's CA" };
  if (now < certificate.validFromDate || now > certificate.validToDate)
    return { refusal: "the certificate is not valid now: enrol again" };
  const subject = fieldsOf(certificate.subject);
  const [name = ""] = subject.CN ?? [];
  const units = subject.OU ?? [];
  if (units.includes("admin") || (units.includes("client") && developers.includes(name))) return { developer: name };
  const known = developers.join(", ");
  return { refusal: `"${name}" is not among the developers of this organization (${known}), nor its administrator` };
}

/** Fields of a subject. Node writes one a line, or several with " + " between them, and escapes what is special in values. */
function fieldsOf(subject: string): Partial<Record<string, string[]>> {
  const fields: Record<string, string[]> = {};
  for (const line of subject.split(/\n| \+ /)) {
    const [, key, value] = /^([A-Z]+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined) (fields[key] ??= []).push(value!);
  }
  return fields;
}
