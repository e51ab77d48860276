/** Removes the secrets of identities that are gone, and has the CAs forget them. */
import { authorityAnnotation, goneSinceAnnotation } from "../../../model/contracts/annotations";
import { enrolmentKeys } from "../../../model/contracts/enrolment";
import { managedByLabel } from "../../../model/contracts/labels";
import { administratorIdentity, controllerName, ownerOfSecret } from "../../../model/contracts/names";
import { caNames } from "../../common/fabricCa/caClient";
import type { FabricCa } from "../../common/fabricCa/caRegistrar";
import { messageOf } from "../../common/failure";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../common/kubernetes/request";
import type { Log } from "../../common/log";
import type { CertificateAuthorities } from "./certificateAuthorities";
import { isReady } from "./conditions";
import { certificateAuthorities, identities } from "./kinds";
import type { SeenObjects } from "./objects";
import { type CertificateAuthority, collections, keyOf, type Secret } from "./resources";
import { changeSecret, valueOf } from "./secrets";
import { WorkQueue } from "./workQueue";

/** How long an Identity must be gone, while its CertificateAuthority is there, before its secret is deleted; in milliseconds. */
const grace = 24 * 60 * 60_000;

/** Time until the next look, and waits after failures; in milliseconds. */
const lookEvery = 60 * 60_000;
const shortestWait = 5_000;
const longestWait = 10 * 60_000;

/** Options of {@link GoneIdentities}. */
export interface GoneIdentitiesOptions {
  api: KubernetesApi;
  authorities: CertificateAuthorities;
  objects: SeenObjects;
  now: () => number;
  log: Log;
}

/**
 * Removes what remains of Identities that are gone, such as those of old chaincode versions: their registration, which revokes their
 * certificates, and their Secret. A network that is destroyed is not one whose identities are gone: there the
 * CertificateAuthority goes too, and all Secrets stay until a purge, so that the network can come back.
 */
export class GoneIdentities {
  readonly queue = new WorkQueue({
    work: (key) => this.work(key),
    concurrency: 2,
    shortest: shortestWait,
    longest: longestWait,
  });

  constructor(private readonly options: GoneIdentitiesOptions) {}

  /** Schedules a look at the Secrets of an authority's identities. */
  wake(key: string): void {
    this.queue.add(key);
  }

  private async work(key: string): Promise<void> {
    const { objects, authorities, log } = this.options;
    const authority = objects.get(certificateAuthorities, key);
    if (!authority || !this.livesOn(authority)) return this.queue.forget(key);
    try {
      const found = await authorities.client(authority);
      for (const secret of found ? await this.orphans(authority) : [])
        await this.settle(authority, found!.client, secret);
      this.queue.forget(key);
      this.queue.addWithin(key, lookEvery);
    } catch (error) {
      const retryInMs = this.queue.addRateLimited(key);
      log.warn("cannot remove identities that are gone", { key, cause: messageOf(error), retryInMs });
    }
  }

  /** Whether the organization goes on: its CA is ready, and its administrator is there. */
  private livesOn(authority: CertificateAuthority): boolean {
    const { namespace } = authority.metadata;
    const administrator = `${namespace}/${administratorIdentity(authority.spec.organization)}`;
    return isReady(authority) && this.options.objects.get(identities, administrator) !== undefined;
  }

  /** The Secrets of an authority's identities that are not there. */
  private async orphans(authority: CertificateAuthority): Promise<Secret[]> {
    const { api, objects } = this.options;
    const { namespace, name } = authority.metadata;
    const { items } = await api.call<{ items: Secret[] }>("GET", collections.secrets(namespace), {
      query: { labelSelector: `${managedByLabel}=${controllerName}` },
    });
    return items.filter((secret) => {
      const identity = identityOf(secret);
      if (identity === undefined || secret.metadata.labels?.[managedByLabel] !== controllerName) return false;
      return !objects.get(identities, `${namespace}/${identity}`) && this.authorityOf(secret, identity) === name;
    });
  }

  /** The authority that a Secret is for. Those of an earlier release do not say so: there the identity's name ends with its organization's. */
  private authorityOf({ metadata }: Secret, identity: string): string | undefined {
    const said = metadata.annotations?.[authorityAnnotation];
    if (said !== undefined) return said;
    const [longest] = this.options.objects
      .list(certificateAuthorities)
      .filter(({ metadata: { namespace }, spec }) => {
        return namespace === metadata.namespace && identity.endsWith(`-${spec.organization}`);
      })
      .sort((a, b) => b.spec.organization.length - a.spec.organization.length);
    return longest?.metadata.name;
  }

  /** Notes since when an identity is gone, and removes it when that is long enough ago. */
  private async settle(authority: CertificateAuthority, client: FabricCa, secret: Secret): Promise<void> {
    const { api, now, log } = this.options;
    const { namespace, name, resourceVersion, annotations } = secret.metadata;
    const noted = Date.parse(annotations?.[goneSinceAnnotation] ?? "");
    if (Number.isNaN(noted)) {
      const since = new Date(now()).toISOString();
      await changeSecret(api, secret, { annotations: { [goneSinceAnnotation]: since } });
      return;
    }
    // A network that was destroyed comes back with an authority that is younger than the note, perhaps before its identities.
    const since = Math.max(noted, Date.parse(authority.metadata.creationTimestamp ?? ""));
    if (!(now() >= since + grace) || (await this.isBack(namespace, identityOf(secret)!))) return;
    const enrolmentId = valueOf(secret, enrolmentKeys.id);
    if (!this.isUsed(authority, enrolmentId)) {
      for (const caName of caNames) await client[caName].remove(enrolmentId);
    }
    // The CAs first: without the Secret, nobody would know what to remove.
    const preconditions = { resourceVersion };
    await unlessMissing(api.call("DELETE", `${collections.secrets(namespace)}/${name}`, { body: { preconditions } }));
    log.info("removed an identity that is gone", { key: keyOf(authority), identity: identityOf(secret), enrolmentId });
  }

  /** Whether the API server has an Identity that no watch has reported yet. */
  private async isBack(namespace: string, name: string): Promise<boolean> {
    const { api } = this.options;
    return (await unlessMissing(api.call("GET", `${collections.identities(namespace)}/${name}`))) !== undefined;
  }

  /** Whether an Identity of another name has the enrolment ID. */
  private isUsed({ metadata }: CertificateAuthority, enrolmentId: string): boolean {
    return this.options.objects
      .list(identities)
      .some(
        (other) =>
          other.metadata.namespace === metadata.namespace &&
          other.spec.certificateAuthority === metadata.name &&
          other.spec.enrolmentId === enrolmentId,
      );
  }
}

/** The Identity that a Secret is for, by its name; undefined for other Secrets. */
function identityOf({ metadata }: Secret): string | undefined {
  const owned = ownerOfSecret(metadata.name);
  return owned?.use === "enrolment" ? owned.owner : undefined;
}
