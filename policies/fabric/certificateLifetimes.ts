import { X509Certificate } from "node:crypto";

import type { KubernetesObject } from "../kit/objects";
import { objectPolicy } from "../kit/policy";

const day = 24 * 60 * 60 * 1000;

/** Certificates in a stack's objects are valid, and remain so for a while. */
export const certificateLifetimes = objectPolicy<{ leastDays: number }>({
  name: "fabric-certificate-lifetimes",
  level: "mandatory",
  description: "Certificates in ConfigMaps and Secrets are valid, and will be for a while.",
  why: "With a root certificate that has expired, every certificate below it has: nodes refuse each other, and the network stops.",
  settings: {
    leastDays: {
      type: "integer",
      minimum: 0,
      default: 14,
      description: "Days that a certificate must still be valid.",
    },
  },
  limits:
    "Sees what the stack brings with it. What its own CAs issue, at run time, is watched by the network controller, which says " +
    "when each certificate expires (baas_certificate_expiration_timestamp_seconds).",
  kinds: ["ConfigMap", "Secret"],
  check(object, { settings, stackFile }) {
    return certificates(object).flatMap(({ key, certificate }) => {
      const expiry = Date.parse(certificate.validTo);
      const days = Math.floor((expiry - Date.now()) / day);
      if (days >= settings.leastDays) return [];
      const date = new Date(expiry).toISOString().slice(0, 10);
      const when = days < 0 ? `expired on ${date}` : `expires on ${date}, in ${days} days`;
      const subject = certificate.subject?.replaceAll("\n", ", ");
      const message = `certificate "${subject}" in entry "${key}" ${when}. Replace it by a new one`;
      return [{ place: stackFile.place(object), message }];
    });
  },
});

function certificates({
  kind,
  body: { data = {}, stringData = {} },
}: KubernetesObject): { key: string; certificate: X509Certificate }[] {
  const decoded = Object.entries(data).map(([key, value]) =>
    kind === "Secret" ? [key, Buffer.from(String(value), "base64").toString()] : [key, String(value)],
  );
  return [...decoded, ...Object.entries(stringData).map(([key, value]) => [key, String(value)])].flatMap(
    ([key, text]) =>
      (text!.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).flatMap((pem) => {
        try {
          return [{ key: key!, certificate: new X509Certificate(pem) }];
        } catch {
          return []; // An example in a comment, or a placeholder.
        }
      }),
  );
}
