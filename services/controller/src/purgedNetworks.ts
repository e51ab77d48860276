/** Has the platform's CAs forget the names of networks that were purged. */
import { rootsConfigMapName } from "../../../model/contracts/names";
import { isOfNamespace, platformCaName } from "../../../model/contracts/platformCa";
import { casOf } from "../../../model/customResources/certificateAuthority";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../common/kubernetes/request";
import type { Log } from "../../common/log";
import type { CertificateAuthorities } from "./certificateAuthorities";
import { isReady } from "./conditions";
import type { IssuedCertificates } from "./issuedCertificates";
import { certificateAuthorities, identities } from "./kinds";
import type { SeenObjects } from "./objects";
import { collections } from "./resources";
import { retryingQueue, type WorkQueue } from "./workQueue";

/** How long a network must be seen to be gone before its names are removed; in milliseconds. */
const grace = 24 * 60 * 60_000;

/** Time until the next look, and waits after failures; in milliseconds. */
const lookEvery = 60 * 60_000;
const shortestWait = 5_000;
const longestWait = 10 * 60_000;

/** Options of {@link PurgedNetworks}. */
export interface PurgedNetworksOptions {
  api: KubernetesApi;
  authorities: Pick<CertificateAuthorities, "client">;
  issued: Pick<IssuedCertificates, "of">;
  objects: SeenObjects;
  now: () => number;
  log: Log;
  /** Namespace of the platform's CA. */
  platformNamespace: string;
}

/**
 * Removes, at the platform's CAs, the names of networks that were purged, which revokes their certificates. A purge deletes the Secrets, by which
 * goneIdentities.ts knows what to remove; so the certificates that the CAs have issued say it here. A network that was destroyed, and may
 * come back, still has its copy of the platform's roots.
 */
export class PurgedNetworks {
  readonly queue: WorkQueue;
  /** Since when namespaces are seen to have no network. A controller that starts anew waits anew. */
  private readonly goneSince = new Map<string, number>();

  constructor(private readonly options: PurgedNetworksOptions) {
    this.queue = retryingQueue({
      work: (key) => this.work(key),
      concurrency: 1,
      shortest: shortestWait,
      longest: longestWait,
      log: options.log,
      failure: "cannot remove the names of networks that were purged",
    });
  }

  /** Schedules a look at the platform's CA. */
  wake(key: string): void {
    if (key === `${this.options.platformNamespace}/${platformCaName}`) this.queue.add(key);
  }

  private async work(key: string): Promise<void> {
    const { objects, authorities, issued, now, log } = this.options;
    const authority = objects.get(certificateAuthorities, key);
    if (!authority || !isReady(authority)) return;
    const found = await authorities.client(authority);
    const reading = await issued.of(authority, now() - lookEvery);
    const names = new Set(reading?.certificates.map(({ identity }) => identity));
    const purged = await this.purged(new Set([...names].flatMap(namespaceOf)));
    const failures: unknown[] = [];
    for (const name of found ? names : []) {
      if (!namespaceOf(name).some((namespace) => purged.has(namespace))) continue;
      try {
        for (const caName of casOf(authority.spec)) await found!.client[caName].remove(name);
        log.info("removed a name of a network that was purged", { key, enrolmentId: name });
      } catch (error) {
        // One that fails must not keep the others.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    this.queue.addWithin(key, lookEvery);
  }

  /** Those of some namespaces that have had no network for long enough. */
  private async purged(namespaces: ReadonlySet<string>): Promise<Set<string>> {
    const { now } = this.options;
    for (const known of this.goneSince.keys()) if (!namespaces.has(known)) this.goneSince.delete(known);
    const purged = new Set<string>();
    for (const namespace of namespaces) {
      if (await this.hasNetwork(namespace)) this.goneSince.delete(namespace);
      else if (!this.goneSince.has(namespace)) this.goneSince.set(namespace, now());
      if (now() >= (this.goneSince.get(namespace) ?? Infinity) + grace) purged.add(namespace);
    }
    return purged;
  }

  private async hasNetwork(namespace: string): Promise<boolean> {
    const { api, objects, platformNamespace } = this.options;
    if (namespace === platformNamespace) return true;
    const declared = [...objects.list(certificateAuthorities), ...objects.list(identities)];
    if (declared.some(({ metadata }) => metadata.namespace === namespace)) return true;
    const roots = `${collections.configMaps(namespace)}/${rootsConfigMapName(platformCaName)}`;
    return (await unlessMissing(api.call("GET", roots))) !== undefined;
  }
}

/** The namespace in a name at the platform's CAs; none in the registrar's. */
function namespaceOf(name: string): string[] {
  const namespace = name.slice(name.indexOf(".") + 1);
  return isOfNamespace(name, namespace) ? [namespace] : [];
}
