/** When the certificates of a node are due for renewal, by the clock alone. */
import { createHash } from "node:crypto";

import { renewalShare } from "../../../common/certificates";

/** A certificate's life, in milliseconds since 1970. */
export interface Life {
  from: number;
  until: number;
}

/** A certificate that a node holds. */
export interface HeldCertificate extends Life {
  /** Such as `signing certificate`. */
  what: string;
  /** End of the root that it comes from. No certificate outlives its root, so the last one before it is never due. */
  rootUntil?: number;
}

/** A node, or a server, that gets new certificates when it starts. Times are in milliseconds since 1970. */
export interface Holder {
  /** `namespace/name`. */
  key: string;
  certificates: readonly HeldCertificate[];
  /** When its pod last enrolled; of several pods, the first. */
  startedAt: number;
  /** When somebody last asked for a renewal. */
  requestedAt?: number | undefined;
}

/** What is known of a node's next renewal. Times are in milliseconds since 1970. */
export interface Due {
  /** The certificate that makes it due; the oldest, if it was asked for. */
  certificate: HeldCertificate;
  /** When it is due or has become due. */
  since: number;
  /** Whether somebody has asked for it. */
  requested: boolean;
  /** Whether the node was restarted since, and did not get a new certificate. */
  tried: boolean;
  /** When to restart it: when it is due, or a while after a restart that did not help. */
  restartAt: number;
}

/**
 * How much later than at {@link renewalShare} a node may be due, as a share of a certificate's life. Nodes that were made on one day
 * are not renewed on one day.
 */
const spread = 0.05;

/** In milliseconds: a certificate's life may begin this much before its issue, as clocks differ. Fabric CA's own default is 5 minutes. */
export const backdated = 6 * 60_000;

/** How far clocks may differ, in milliseconds. */
export const clockDifference = 5 * 60_000;

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * When a node is due for renewal: at two thirds of the life of its oldest certificate, and by up to a twentieth of it later, which
 * follows from the node's name. After a restart that did not renew it, the wait doubles from try to try: at least 10 minutes or
 * a 60th of the life, at most 7 days or a 20th of it.
 *
 * A certificate or a start that lies in the future is from before the clock was put back: the certificate is due.
 *
 * @returns undefined if it has no certificate that can be renewed
 */
export function renewalDue(holder: Holder, now: number): Due | undefined {
  const { key, requestedAt } = holder;
  const isFuture = (time: number) => time > now + clockDifference;
  const startedAt = isFuture(holder.startedAt) ? 0 : holder.startedAt;
  const renewable = holder.certificates.filter(({ until, rootUntil = Infinity }) => until < rootUntil - minute);
  const [first] = renewable
    .map((certificate) => ({
      certificate,
      since: isFuture(certificate.from) ? now : dueAt(key, certificate),
      requested: false,
    }))
    .sort((a, b) => a.since - b.since);
  if (!first) return unknownDue(holder, startedAt);
  const request = requestedAt !== undefined && requestOpen(renewable, startedAt, requestedAt);
  // Somebody who has asked since the last try does not wait for the next one.
  const comesFirst = request && (requestedAt < first.since || startedAt <= requestedAt);
  const due = comesFirst ? { ...first, since: requestedAt, requested: true } : first;
  const tried = startedAt > due.since;
  return { ...due, tried, restartAt: tried ? startedAt + wait(due, startedAt) : due.since };
}

/** A node whose CA knows none of its certificates, as it was restored from a backup before these: due if somebody asks. */
function unknownDue({ certificates, requestedAt }: Holder, startedAt: number): Due | undefined {
  if (certificates.length > 0 || requestedAt === undefined || startedAt > requestedAt) return undefined;
  const certificate = { what: "certificate", from: startedAt, until: Infinity };
  return { certificate, since: requestedAt, requested: true, tried: false, restartAt: requestedAt };
}

/** When a certificate of a node is due. */
export function dueAt(key: string, { from, until }: Life): number {
  return from + (until - from) * (renewalShare + spread * shareOf(key));
}

/** A number from 0 to 1 that follows from a name, to spread what would happen at one time. */
export function shareOf(key: string): number {
  return createHash("sha256").update(key).digest().readUInt32BE(0) / 2 ** 32;
}

function requestOpen(certificates: readonly Life[], startedAt: number, requestedAt: number): boolean {
  return startedAt <= requestedAt || certificates.some(({ from }) => from < requestedAt - backdated);
}

function wait({ certificate: { from, until }, since }: Pick<Due, "certificate" | "since">, startedAt: number): number {
  const life = until - from;
  const [shortest, longest] = [Math.min(10 * minute, life / 60), Math.min(7 * day, life / 20)];
  return Math.min(longest, Math.max(shortest, startedAt - since));
}
