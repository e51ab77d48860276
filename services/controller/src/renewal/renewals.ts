/** Which nodes must be restarted, so that they get new certificates. */
import { renewRequestedAnnotation } from "../../../../model/contracts/annotations";
import { CaError } from "../../../common/fabricCa/caError";
import { isReady } from "../conditions";
import type { IssuedCertificates, ReadCertificate } from "../issuedCertificates";
import { authorityKeyOf, enrollingNodeOf, issuersOf } from "../issuers";
import { certificateAuthorities, identities, pods } from "../kinds";
import type { SeenObjects } from "../objects";
import { instanceOf, type SeenPod } from "../pods";
import { type CertificateAuthority, type Identity, keyOf, type KubernetesObject } from "../resources";
import { type Due, type HeldCertificate, type Life, renewalDue } from "./renewalDue";

/** Options of {@link Renewals}. */
export interface RenewalsOptions {
  issued: Pick<IssuedCertificates, "of">;
  objects: SeenObjects;
  /** In milliseconds since 1970. */
  now: () => number;
  /** Namespace of the platform's CA. */
  platformNamespace?: string;
  /** Tells the next start of a node to renew what is older than a request; called before its restart. */
  announce?: (owner: CertificateAuthority | Identity, requestedAt: number) => Promise<void>;
}

/** What the certificates of a node ask for. */
export interface Renewal {
  /** Why to restart the node now. Absent if it is not due, or held up. */
  restart?: {
    /** `CertificateDue`, `RenewalRequested`; `RenewalFailed` if a restart has not renewed it. */
    reason: string;
    message: string;
    /** Since when, in milliseconds since 1970: the same at each call until the node is restarted. */
    since: number;
    /** Whether one of its certificates has ended, so that the node does not work any more. */
    expired: boolean;
  };
  /** Why a node is not restarted although it is due, or why that is not known. */
  heldUp?: string;
  /** When to ask again unless something changes first, in milliseconds since 1970; some hours ahead at most. */
  lookAt: number;
}

/** Longest time until the next look, and the time to one after a failure; in milliseconds. */
const longestLook = 6 * 60 * 60_000;
const retryLook = 30_000;

/** Readings that are this much older than a node's enrolment may lack its certificate, because clocks differ; in milliseconds. */
const clockSlack = 5_000;

/** How much of the life of its certificate a node lets pass while the certificate of its CA's server is due. */
const patience = 5 / 6;

/**
 * Tells when a node, a CA server or a chaincode server must be restarted to get new certificates. Each gets them when it starts, by
 * an init container. It remembers nothing: what it tells follows from the certificates that the CA lists and from the pods.
 */
export class Renewals {
  constructor(private readonly options: RenewalsOptions) {}

  /**
   * The renewal of the node, CA server or chaincode server that a pod's label names.
   *
   * @param key - `namespace/name`, such as `dev/peer0-org1`
   * @returns undefined if it is none that enrols, or has no pod
   */
  async of(key: string): Promise<Renewal | undefined> {
    const { objects } = this.options;
    const authority = objects.get(certificateAuthorities, key);
    const own = this.podsOf(key);
    if (own.length === 0) return undefined;
    if (authority) return this.ofServer(authority, own);
    const its = objects.list(identities).filter((identity) => enrollingNodeOf(identity) === key);
    const all = await Promise.all(its.map((identity) => this.ofNode(identity, own)));
    // The first that asks for a restart has all renewed that are due.
    return all.find(({ restart }) => restart) ?? all.sort((a, b) => a.lookAt - b.lookAt)[0];
  }

  private async ofServer(authority: CertificateAuthority, own: readonly SeenPod[]): Promise<Renewal> {
    try {
      const due = await this.dueOfServer(authority, own);
      return due ? await this.told(due, authority) : this.later();
    } catch (error) {
      if (!(error instanceof CaError)) throw error;
      if (!outOfDate.has(error.cause)) return this.failed(error);
      return this.expiredServer(authority, oldest(own));
    }
  }

  private async dueOfServer(authority: CertificateAuthority, own: readonly SeenPod[]): Promise<Due | undefined> {
    const { issued, now } = this.options;
    const startedAt = oldest(own);
    const reading = await issued.of(authority, this.freshEnough(own));
    const certificates = reading?.certificates.filter(({ kind }) => kind === "server").map(held(reading.certificates));
    if (!certificates) return undefined;
    return renewalDue({ key: keyOf(authority), certificates, startedAt, requestedAt: requestedAt(authority) }, now());
  }

  /** A server whose certificate has expired: nobody can read it any more. */
  private expiredServer(authority: CertificateAuthority, startedAt: number): Renewal {
    const since = startedAt + expiredWait;
    if (this.options.now() < since) return { lookAt: since, heldUp: `${keyOf(authority)} has just started` };
    const message = `the TLS certificate of the CA server ${authority.metadata.name} has expired: a restart renews it`;
    return { restart: { reason: "CertificateDue", message, since, expired: true }, lookAt: since };
  }

  private async ofNode(identity: Identity, own: readonly SeenPod[]): Promise<Renewal> {
    const { objects, platformNamespace = "" } = this.options;
    const authority = objects.get(certificateAuthorities, authorityKeyOf(identity, platformNamespace));
    if (!authority || !isReady(authority)) {
      return { heldUp: `CertificateAuthority ${identity.spec.certificateAuthority} is not ready`, lookAt: this.soon() };
    }
    // A pod that never starts must not keep others from renewing theirs.
    const enrolled = own.filter(({ enrolledAt }) => enrolledAt !== undefined);
    if (enrolled.length === 0) {
      return { heldUp: `pod ${own[0]!.metadata.name} is enrolling`, lookAt: this.soon() };
    }
    try {
      const due = await this.dueOfNode(identity, authority, enrolled);
      if (!due) return this.later();
      return (await this.waitsForServer(authority, due)) ?? (await this.told(due, identity));
    } catch (error) {
      if (error instanceof CaError) return this.failed(error);
      throw error;
    }
  }

  private async dueOfNode(
    identity: Identity,
    authority: CertificateAuthority,
    own: readonly SeenPod[],
  ): Promise<Due | undefined> {
    const { issued: readings, now } = this.options;
    const reading = await readings.of(authority, this.freshEnough(own));
    const startedAt = oldest(own);
    const all = reading?.certificates ?? [];
    const keys = own.flatMap((pod) => pod.keys?.tls ?? []);
    const certificates = issuersOf(identity).flatMap((ca) => {
      const issued = all.filter(
        (one) => one.kind === "identity" && one.ca === ca && one.identity === identity.spec.enrolmentId,
      );
      // Certificates of keys that are only prepared do not make those in use any younger.
      const ofKeys = issued.filter(({ key }) => key !== undefined && keys.includes(key));
      const its = ofKeys.length > 0 ? ofKeys : issued;
      // Who else has enrolled under this name since has not renewed the node's certificate.
      const before = its.filter(({ from }) => from <= startedAt);
      return newest(before.length > 0 ? before : its).map(held(all));
    });
    return renewalDue({ key: keyOf(identity), certificates, startedAt, requestedAt: requestedAt(identity) }, now());
  }

  /** The server of the CA goes first: it must not be restarted while nodes enrol. */
  private async waitsForServer(authority: CertificateAuthority, due: Due): Promise<Renewal | undefined> {
    const now = this.options.now();
    const { from, until } = due.certificate;
    if (now < due.restartAt || now > from + (until - from) * patience) return undefined;
    const own = this.podsOf(keyOf(authority));
    const first = own.length === 0 ? undefined : await this.dueOfServer(authority, own);
    if (!first || first.since > now) return undefined;
    return {
      heldUp: `the certificate of the CA server ${authority.metadata.name} is renewed first`,
      lookAt: this.soon(),
    };
  }

  private async told(due: Due, owner: CertificateAuthority | Identity): Promise<Renewal> {
    const now = this.options.now();
    const key = keyOf(owner);
    const { certificate, since, restartAt, requested, tried } = due;
    if (now < restartAt) {
      const lookAt = Math.min(restartAt, now + longestLook);
      return tried ? { heldUp: `${failedText(due, key)}; the next try is at ${text(restartAt)}`, lookAt } : { lookAt };
    }
    if (requested) await this.options.announce?.(owner, since);
    const reason = tried ? "RenewalFailed" : requested ? "RenewalRequested" : "CertificateDue";
    const message = tried
      ? `${failedText(due, key)}; it is tried again`
      : requested
        ? `new certificates were asked for at ${text(since)}`
        : `its ${certificate.what} ends at ${text(certificate.until)}`;
    return {
      restart: { reason, message, since: restartAt, expired: now >= certificate.until },
      lookAt: now + retryLook,
    };
  }

  private failed(error: CaError): Renewal {
    return { heldUp: error.message, lookAt: this.soon() };
  }

  private podsOf(key: string): SeenPod[] {
    return this.options.objects.list(pods).filter((pod) => !pod.ended && instanceOf(pod) === key);
  }

  private later(): Renewal {
    return { lookAt: this.options.now() + longestLook };
  }

  private soon(): number {
    return this.options.now() + retryLook;
  }

  /** A node's certificates do not change between two starts, so that a reading after its start says all. */
  private freshEnough(own: readonly SeenPod[]): number {
    return Math.min(Math.max(...own.map(startOf)) + clockSlack, this.options.now());
  }
}

/** Node's codes for a certificate past its end, or before its beginning. */
const outOfDate = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);

/** How long a CA server that has just started may show an expired certificate, in milliseconds. */
const expiredWait = 2 * 60_000;

const oldest = (own: readonly SeenPod[]): number => Math.min(...own.map(startOf));

/** When a pod last enrolled. After a restart of its machine it does so again, and stays the same pod. */
const startOf = ({ metadata, enrolledAt }: SeenPod): number => enrolledAt ?? timeOf(metadata.creationTimestamp);

const timeOf = (time: string | undefined): number => Date.parse(time ?? "") || 0;

const text = (time: number): string => new Date(time).toISOString().replace(/\.\d{3}Z$/, "Z");

function requestedAt({ metadata }: KubernetesObject): number | undefined {
  return timeOf(metadata.annotations?.[renewRequestedAnnotation]) || undefined;
}

function newest<T extends Life>(certificates: readonly T[]): T[] {
  return [...certificates].sort((a, b) => b.from - a.from || b.until - a.until).slice(0, 1);
}

const names = {
  ca: "signing certificate",
  tlsca: "TLS certificate",
  kafka: "certificate for Kafka",
  operations: "certificate for metrics",
};

/** A certificate with the end of its root. */
function held(all: readonly ReadCertificate[]): (certificate: ReadCertificate) => HeldCertificate {
  return ({ ca, kind, from, until }) => {
    const root = all.find((one) => one.kind === "root" && one.ca === ca);
    return {
      what: kind === "server" ? "server certificate" : names[ca],
      from,
      until,
      ...(root && { rootUntil: root.until }),
    };
  };
}

function failedText({ certificate }: Due, key: string): string {
  return (
    `${key} was restarted and has not got a new ${certificate.what}, which ends at ${text(certificate.until)}. See the log of its ` +
    "init container"
  );
}
