/** Reads fields of certificates. */
import { X509Certificate } from "node:crypto";

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

/** Whether two thirds of a certificate's life are over: it should be renewed. `now` is in milliseconds since 1970. */
export function isAgeing({ validFrom, validTo }: Pick<X509Certificate, "validFrom" | "validTo">, now: number): boolean {
  const [from, until] = [Date.parse(validFrom), Date.parse(validTo)];
  return now >= until - (until - from) / 3;
}
