/** Whether a certificate can still be used. */
import { createPublicKey, type KeyObject, type X509Certificate } from "node:crypto";
import { isIP } from "node:net";

import { commonName, isAgeing, lifeOf } from "../../common/certificates";

/** What a certificate must be, to be kept. */
export interface Expectation {
  /** The root that must have signed it. */
  root: X509Certificate;
  /** The key that it must belong to; undefined if the key is not at hand. */
  key?: KeyObject;
  /** The names and addresses that it must carry, no more and no less. */
  hosts?: readonly string[];
  /** The common name that it must have. */
  commonName?: string;
  /** A certificate that is valid since before is renewed; in milliseconds since 1970. */
  renewIssuedBefore?: number | undefined;
  now: Date;
}

/**
 * Share of its life after which a start renews a certificate. It is less than the one after which the controller restarts nodes: a
 * restart renews both certificates of a node, although one is a little younger and clocks differ.
 */
export const renewalShareAtStart = 0.6;

/** How far in the future a certificate's life may begin, because clocks differ; in milliseconds. */
const clockDifference = 5 * 60_000;

/** Whether a certificate is kept, and if not, why not. */
export type Verdict =
  | { state: "good" }
  /** It still works, but should be renewed. */
  | { state: "ageing"; why: string }
  /** It cannot be used. */
  | { state: "useless"; why: string };

/** Judges a certificate found on a volume, or received from a CA. */
export function judge(certificate: X509Certificate | undefined, expected: Expectation): Verdict {
  const useless = (why: string): Verdict => ({ state: "useless", why });
  if (certificate === undefined) return useless("there is none");
  if (expected.key && !belongsTo(certificate, expected.key)) return useless("it belongs to another key");
  if (!isSignedBy(certificate, expected.root)) return useless("it was issued by another root");
  if (expected.commonName !== undefined && commonName(certificate) !== expected.commonName) {
    return useless(`it is for ${commonName(certificate)}, not ${expected.commonName}`);
  }
  if (expected.hosts) {
    const { missing, surplus } = compareHosts(certificate, expected.hosts);
    if (missing.length > 0) return useless(`it lacks ${missing.join(", ")}`);
    if (surplus.length > 0) return useless(`it carries ${surplus.join(", ")}, no longer wanted`);
  }
  return judgeLife(certificate, expected);
}

function judgeLife(certificate: X509Certificate, { now: date, renewIssuedBefore = 0 }: Expectation): Verdict {
  const { from, until } = lifeOf(certificate);
  const now = date.getTime();
  if (now >= until) return { state: "useless", why: `it expired at ${isoTime(until)}` };
  // The clock was ahead when it was issued.
  if (now < from - clockDifference) return { state: "useless", why: `it is valid only from ${isoTime(from)}` };
  if (isAgeing(certificate, now, renewalShareAtStart)) {
    return { state: "ageing", why: `it expires at ${isoTime(until)}` };
  }
  if (from < renewIssuedBefore) {
    return { state: "ageing", why: `a renewal was asked for at ${isoTime(renewIssuedBefore)}` };
  }
  return { state: "good" };
}

const isoTime = (time: number): string => new Date(time).toISOString();

/** Whether `root` is a CA certificate and its key signed the certificate. */
export function isSignedBy(certificate: X509Certificate, root: X509Certificate): boolean {
  return root.ca && certificate.checkIssued(root) && certificate.verify(root.publicKey);
}

/** Whether a certificate is for this private (or public) key. */
export function belongsTo(certificate: X509Certificate, key: KeyObject): boolean {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return certificate.publicKey.equals(publicKey);
}

/** The DNS names and IP addresses of a certificate. */
export function hostsIn(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "")
    .split(", ")
    .map((entry) => /^(?:DNS|IP Address):(.*)$/.exec(entry)?.[1])
    .filter((host) => host !== undefined);
}

function compareHosts(certificate: X509Certificate, wanted: readonly string[]) {
  const has = new Set(hostsIn(certificate).map(canonicalHost));
  const wants = new Set(wanted.map(canonicalHost));
  return {
    missing: [...wants].filter((host) => !has.has(host)),
    surplus: [...has].filter((host) => !wants.has(host)),
  };
}

/** One spelling for each host: names in lower case, IPv6 addresses as URLs write them. */
export function canonicalHost(host: string): string {
  return isIP(host) === 6 ? new URL(`http://[${host}]`).hostname.slice(1, -1) : host.toLowerCase();
}
