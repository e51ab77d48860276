/** Fields of stack files that follow a pattern: names, sizes, times and versions. */
import { z } from "zod";

import { dnsLabel as dnsLabelRule } from "../contracts/nameRules";
import { durationSeconds } from "../duration";
import { certificatesIn } from "../pem";

/** A string rule that is also a JSON Schema pattern, with the message of its violation. */
export const text = (pattern: RegExp, rule: string, maxLength: number) =>
  z
    .string()
    .max(maxLength, { error: `at most ${maxLength} characters`, abort: true })
    .regex(pattern, { error: rule, abort: true });

/** A name that begins with a letter, and that Kubernetes accepts for every kind of object. */
export const dnsLabel = (what: string, maxLength: number) =>
  text(dnsLabelRule.pattern, `${what} is lower-case letters, digits and "-", and starts with a letter`, maxLength);

/** Name of an organization. */
export const organizationName = dnsLabel("an organization's name", 40);

/** ID of an MSP. Fabric accepts more, but an MSP ID is also a label value in Kubernetes and a file name in tools. */
export const mspId = text(
  /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  'an MSP ID is letters, digits, ".", "_" and "-", and starts and ends with a letter or digit',
  63,
);

/** Certificates. */
const certificates = (whose: string) =>
  z
    .string()
    .max(65_536, "at most 65536 characters")
    // The text goes into ConfigMaps and Deployments, where many may read it.
    .refine((pem) => !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem), {
      error:
        "it has a private key, which nobody needs here: leave in the certificates of the CAs only, and replace that key",
      abort: true,
    })
    .refine((pem) => certificatesIn(pem).length > 0, {
      error: `certificates of ${whose} in PEM are expected, from -----BEGIN CERTIFICATE----- on, as a block of text`,
    });

/** Certificates of CAs. */
export const rootCertificates = certificates("CAs");

/** Certificates of one CA: its own, and those above it. */
export const authorityCertificates = certificates("a CA");

/** Address of who issues tokens. */
export const httpsUrl = z
  .url("a URL is expected, such as https://login.example.com/realms/trade")
  .refine((url) => url.startsWith("https://"), {
    error: "must begin with https://, because whoever changes its answers makes tokens",
  });

/** What a client asks a provider for. */
export const oidcScope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "a scope has no spaces, quotes and backslashes");

/** Size of a volume. Kubernetes counts bytes up to 8388607Ti. */
export const storage = text(
  /^[1-9][0-9]{0,5}(Mi|Gi|Ti)$/,
  "a size is a whole number of at most 6 digits with Mi, Gi or Ti, such as 10Gi",
  8,
);

/** A time. HAProxy counts milliseconds in 31 bits, Fabric nanoseconds in 63. */
export const duration = text(
  /^[1-9][0-9]{0,5}(ms|s|m)$/,
  "a duration is a whole number with ms, s or m, such as 500ms; a day, 1440m, at most",
  8,
).refine((time) => durationSeconds(time) <= 24 * 3600, {
  error: "a duration is a day, 1440m, at most",
});

/** How long certificates live. Fabric CA rounds the beginning of a certificate to minutes. */
export const certificateLife = text(
  /^[1-9][0-9]{0,3}(m|h)$/,
  "a life is a whole number with m or h, such as 10m: 3m at least, a year, 8760h, at most",
  5,
).refine((life) => durationSeconds(life) >= 180 && durationSeconds(life) <= 8760 * 3600, {
  error: "a life is 3m at least, a year, 8760h, at most",
});

const bytesRule = "a number of bytes is a whole number of at most 6 digits with Ki or Mi, such as 2Mi";

/** A number of bytes; {@link byteCount} counts them. */
export const bytes = text(/^[1-9][0-9]{0,5}(Ki|Mi)$/, bytesRule, 8);

/**
 * A number of bytes that the schema takes as 0, too, for a message of its own.
 *
 * @param zero - what is said of a 0 that YAML reads as a number
 */
export const anyNumberOfBytes = (zero: string) =>
  z
    .string({ error: ({ input }) => (input === 0 ? zero : bytesRule) })
    .regex(/^(0|[1-9][0-9]{0,5})(Ki|Mi)?$/, { error: bytesRule, abort: true })
    .refine((rate) => /^0|i$/.test(rate), { error: bytesRule, abort: true });

/** The number that a text of {@link bytes} stands for. */
export function byteCount(size: string): number {
  return Number.parseInt(size, 10) * (size.endsWith("Ki") ? 1024 : 1024 ** 2);
}

/** A text that YAML reads as a number when it has no quotes. */
export const quoted = (what: string) =>
  z.string({
    error: (issue) =>
      typeof issue.input === "number"
        ? `${what} must be in quotes: without them YAML reads a number, here ${issue.input}`
        : `${what} is a string in quotes`,
  });

/** A version in quotes. */
export const version = (what: string, pattern: RegExp, rule: string) =>
  quoted(what).max(63, "at most 63 characters").regex(pattern, { error: rule, abort: true });

/** Name of a channel. Fabric accepts more, but it is also the name of objects in Kubernetes. */
export const channelName = text(
  /^[a-z]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  'a channel\'s name is lower-case letters, digits, "." and "-", starts with a letter, and has a letter or digit at its end ' +
    'and on both sides of each "."',
  50,
);

// Fabric's peers refuse to define them: systemChaincodeNames in core/chaincode/lifecycle/scc.go.
const systemChaincodes = ["cscc", "escc", "lscc", "qscc", "vscc"];

/** Name of a chaincode. Fabric accepts a digit first, but a Service of Kubernetes does not. */
export const chaincodeName = text(
  /^[A-Za-z][A-Za-z0-9]*([-_][A-Za-z0-9]+)*$/,
  'a chaincode\'s name is letters and digits, with single "-" or "_" between them, and starts with a letter',
  40,
).refine((name) => !systemChaincodes.includes(name), {
  error: `is a system chaincode of Fabric, as are all of ${systemChaincodes.join(", ")}: choose another name`,
});
