/** When the certificates of every network expire, as a metric. */
import { networkLabel } from "../../../model/contracts/labels";
import { registrarId } from "../../../model/contracts/names";
import { messageOf } from "../../common/failure";
import type { Log } from "../../common/log";
import { isReady } from "./conditions";
import type { IssuedCertificates, ReadCertificate } from "./issuedCertificates";
import { authorityKeyOf } from "./issuers";
import { certificateAuthorities, identities } from "./kinds";
import type { CertificateExpiration, Metrics } from "./metrics";
import type { SeenObjects } from "./objects";
import { WorkQueue } from "./workQueue";

/** Delay of a reading, so that it covers further changes, such as other nodes that start; in milliseconds. */
const gatherFor = 10_000;

/** Wait after the first reading that failed, and the longest; in milliseconds. */
const shortestWait = 30_000;
const longestWait = 10 * 60_000;

/** Options of a {@link CertificateExpiry}. */
export interface CertificateExpiryOptions {
  issued: IssuedCertificates;
  now: () => number;
  objects: SeenObjects;
  metrics: Metrics;
  log: Log;
  /** Namespace of the platform's CA. */
  platformNamespace?: string;
  /** Longest wait before a reading, in milliseconds. */
  readWithin?: number | undefined;
}

/**
 * Exports when the certificates of every network expire. Nodes have no Kubernetes API token, so their certificates are read
 * back from the CAs that issued them.
 */
export class CertificateExpiry {
  readonly queue = new WorkQueue({
    work: (key) => this.read(key),
    // Readings are not urgent, and the resync reads all CAs at once.
    concurrency: 2,
    shortest: shortestWait,
    longest: longestWait,
  });
  /** What was last read, by the key of the CertificateAuthority. */
  private readonly certificates = new Map<string, readonly ReadCertificate[]>();
  private readonly failing = new Set<string>();

  constructor(private readonly options: CertificateExpiryOptions) {
    options.metrics.exportCertificates(() => this.current());
  }

  /** Schedules a reading of an authority's certificates. Calls within some seconds share one reading. */
  wake(key: string): void {
    this.queue.addWithin(key, this.options.readWithin ?? gatherFor);
  }

  /** Reads an authority's certificates. Only logs failures: the CA's condition Ready is set by its reconciler. */
  private async read(key: string): Promise<void> {
    const { issued, objects, log, now } = this.options;
    const authority = objects.get(certificateAuthorities, key);
    if (!authority) {
      this.certificates.delete(key);
      issued.forget(key);
      this.failing.delete(key);
    } else if (isReady(authority)) {
      try {
        const reading = await issued.of(authority, now());
        if (reading) this.certificates.set(key, latest(reading.certificates));
        this.failing.delete(key);
      } catch (error) {
        const retryInMs = this.queue.addRateLimited(key);
        if (!this.failing.has(key)) {
          log.warn("cannot read when certificates expire", { key, cause: messageOf(error), retryInMs });
        }
        this.failing.add(key);
        return;
      }
    }
    this.queue.forget(key);
  }

  /** The last readings, without Identities that are deleted: a CA keeps those that were once registered. */
  private *current(): Iterable<CertificateExpiration> {
    const { objects, platformNamespace = "" } = this.options;
    const registered = new Set(
      objects
        .list(identities)
        .map((identity) => `${authorityKeyOf(identity, platformNamespace)} ${identity.spec.enrolmentId}`),
    );
    for (const [key, certificates] of this.certificates) {
      const authority = objects.get(certificateAuthorities, key);
      if (!authority) continue;
      const { namespace, labels } = authority.metadata;
      const { organization } = authority.spec;
      for (const { ca, kind, identity, until } of certificates) {
        if (kind === "identity" && identity !== registrarId && !registered.has(`${key} ${identity}`)) continue;
        const network = labels?.[networkLabel] ?? "";
        yield { namespace, network, organization, ca, kind, identity, expires: until / 1000 };
      }
    }
  }
}

/** Of each identity and CA the certificate that expires last: older ones have been renewed. */
function latest(certificates: readonly ReadCertificate[]): ReadCertificate[] {
  const found = new Map<string, ReadCertificate>();
  for (const certificate of certificates) {
    const { ca, kind, identity, until } = certificate;
    const whose = `${ca} ${kind} ${identity}`;
    if (until > (found.get(whose)?.until ?? 0)) found.set(whose, certificate);
  }
  return [...found.values()];
}
