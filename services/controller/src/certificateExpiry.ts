/** When the certificates of every network expire, as a metric. */
import { X509Certificate } from "node:crypto";

import { rootKeyOf } from "../../../model/contracts/certificateAuthority";
import { networkLabel } from "../../../model/contracts/labels";
import { registrarId } from "../../../model/contracts/names";
import { commonName } from "../../common/certificates";
import { caNames } from "../../common/fabricCa/caClient";
import type { FabricCa } from "../../common/fabricCa/caRegistrar";
import { messageOf } from "../../common/failure";
import type { Log } from "../../common/log";
import type { CertificateAuthorities } from "./certificateAuthorities";
import { isReady } from "./conditions";
import { certificateAuthorities, identities } from "./kinds";
import type { CertificateExpiration, Metrics } from "./metrics";
import type { SeenObjects } from "./objects";
import { type ConfigMap } from "./resources";
import { WorkQueue } from "./workQueue";

/** Delay of a reading, so that it covers further changes, such as other nodes that start; in milliseconds. */
const gatherFor = 10_000;

/** Wait after the first reading that failed, and the longest; in milliseconds. */
const shortestWait = 30_000;
const longestWait = 10 * 60_000;

/** Options of a {@link CertificateExpiry}. */
export interface CertificateExpiryOptions {
  authorities: CertificateAuthorities;
  objects: SeenObjects;
  metrics: Metrics;
  log: Log;
  /** Longest wait before a reading, in milliseconds. */
  readWithin?: number | undefined;
}

/** A certificate that was read from a CA server. */
export type ReadCertificate = Pick<CertificateExpiration, "ca" | "kind" | "identity" | "expires">;

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
    const { authorities, objects, log } = this.options;
    const authority = objects.get(certificateAuthorities, key);
    if (!authority) {
      this.certificates.delete(key);
      this.failing.delete(key);
    } else if (isReady(authority)) {
      try {
        const found = await authorities.client(authority);
        if (found) this.certificates.set(key, await readCertificates(found.client, found.roots));
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
    const { objects } = this.options;
    const registered = new Set(
      objects
        .list(identities)
        .map(({ metadata, spec }) => `${metadata.namespace}/${spec.certificateAuthority} ${spec.enrolmentId}`),
    );
    for (const [key, certificates] of this.certificates) {
      const authority = objects.get(certificateAuthorities, key);
      if (!authority) continue;
      const { namespace, labels } = authority.metadata;
      const { organization } = authority.spec;
      for (const certificate of certificates) {
        const { kind, identity } = certificate;
        if (kind === "identity" && identity !== registrarId && !registered.has(`${key} ${identity}`)) continue;
        yield { namespace, network: labels?.[networkLabel] ?? "", organization, ...certificate };
      }
    }
  }
}

/**
 * Reads when the certificates of a CA server expire: its own, its roots, and of each identity and CA the one that expires last.
 * Leaves out older ones, because the identity has renewed them.
 *
 * @param roots - the published roots, which are those of the CAs if the CertificateAuthority is ready
 * @throws {@link CaError} when the server does not answer
 */
export async function readCertificates(client: FabricCa, roots: ConfigMap): Promise<ReadCertificate[]> {
  const server = expiration(await client.tlsca.serverCertificate());
  const read: ReadCertificate[] = [{ ca: "tlsca", kind: "server", identity: "", expires: server }];
  for (const ca of caNames) {
    const root = new X509Certificate(roots.data?.[rootKeyOf(ca)] ?? "");
    read.push({ ca, kind: "root", identity: "", expires: expiration(root) });
    const latest = new Map<string, number>();
    for (const pem of await client[ca].certificates()) {
      const certificate = new X509Certificate(pem);
      const identity = commonName(certificate);
      latest.set(identity, Math.max(latest.get(identity) ?? 0, expiration(certificate)));
    }
    for (const [identity, expires] of latest) read.push({ ca, kind: "identity", identity, expires });
  }
  return read;
}

const expiration = ({ validTo }: X509Certificate): number => Date.parse(validTo) / 1000;
