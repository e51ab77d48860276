/** Removes the secrets and keys of identities that are gone, and has the CAs forget them. */
import { authorityAnnotation, goneSinceAnnotation } from "../../../model/contracts/annotations";
import { enrolmentKeys } from "../../../model/contracts/enrolment";
import { managedByLabel } from "../../../model/contracts/labels";
import { administratorIdentity, controllerName, ownerOfSecret, registrarId } from "../../../model/contracts/names";
import { isOfNamespace } from "../../../model/contracts/platformCa";
import { casOf } from "../../../model/customResources/certificateAuthority";
import type { FabricCa } from "../../common/fabricCa/caRegistrar";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../common/kubernetes/request";
import type { Log } from "../../common/log";
import type { CertificateAuthorities } from "./certificateAuthorities";
import { removeClientCertificates } from "./clientCertificates";
import { isReady } from "./conditions";
import { claimsToBePlatforms, isOf, isRefusedByPlatform } from "./issuers";
import { certificateAuthorities, identities } from "./kinds";
import type { SeenObjects } from "./objects";
import { type CertificateAuthority, collections, keyOf, type Secret } from "./resources";
import { changeSecret, valueOf } from "./secrets";
import { retryingQueue, type WorkQueue } from "./workQueue";

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
  /** Namespace of the platform's CA. */
  platformNamespace: string;
}

/**
 * Removes what remains of Identities that are gone, such as those of old chaincode versions: their registration, which revokes their
 * certificates, and their Secret. A network that is destroyed is not one whose identities are gone: there the
 * CertificateAuthority goes too, and all Secrets stay until a purge, so that the network can come back.
 */
export class GoneIdentities {
  readonly queue: WorkQueue;

  constructor(private readonly options: GoneIdentitiesOptions) {
    this.queue = retryingQueue({
      work: (key) => this.work(key),
      concurrency: 2,
      shortest: shortestWait,
      longest: longestWait,
      log: options.log,
      failure: "cannot remove identities that are gone",
    });
  }

  /** Schedules a look at the Secrets of an authority's identities. */
  wake(key: string): void {
    this.queue.add(key);
  }

  private async work(key: string): Promise<void> {
    const { objects, authorities, platformNamespace } = this.options;
    const authority = objects.get(certificateAuthorities, key);
    const counts = authority && isReady(authority) && !claimsToBePlatforms(authority, platformNamespace);
    const living = counts ? this.livingWith(authority) : [];
    if (!authority || living.length === 0) return;
    if (authority.spec.scope === "platform") await this.removeClientCertificates(authority);
    const found = await authorities.client(authority);
    const failures: unknown[] = [];
    for (const near of found ? living : []) {
      for (const secret of await this.orphans(authority, near.metadata.namespace)) {
        // One that fails, whoever wrote it, must not keep the others.
        await this.settle(authority, near, found!.client, secret).catch((error: unknown) => failures.push(error));
      }
    }
    if (failures.length > 0) throw failures[0];
    this.queue.addWithin(key, lookEvery);
  }

  /** Only in the platform's own namespace may identities have certificates of readers of metrics. */
  private removeClientCertificates({ metadata: { namespace } }: CertificateAuthority): Promise<void> {
    const { api, objects } = this.options;
    const isGone = async (name: string): Promise<boolean> =>
      !objects.get(identities, `${namespace}/${name}`) && !(await this.isBack(namespace, name));
    return removeClientCertificates(api, namespace, isGone);
  }

  /**
   * In each namespace where an authority has identities that may be missed, an authority that goes on: of an organization whose CA is ready
   * and whose administrator is there. Of the platform, itself.
   */
  private livingWith(authority: CertificateAuthority): CertificateAuthority[] {
    if (authority.spec.scope !== "platform") return this.livesOn(authority) ? [authority] : [];
    const living = this.options.objects.list(certificateAuthorities).filter((each) => this.livesOn(each));
    return [authority, ...new Map(living.map((each) => [each.metadata.namespace, each])).values()];
  }

  private livesOn(authority: CertificateAuthority): boolean {
    const { metadata, spec } = authority;
    const administrator = `${metadata.namespace}/${administratorIdentity(spec.organization)}`;
    if (!isReady(authority) || spec.scope === "platform") return false;
    return this.options.objects.get(identities, administrator) !== undefined;
  }

  /** The Secrets in a namespace of an authority's identities that are not there. */
  private async orphans(authority: CertificateAuthority, namespace: string): Promise<Secret[]> {
    const { name } = authority.metadata;
    const { api, objects } = this.options;
    const { items } = await api.call<{ items: Secret[] }>("GET", collections.secrets(namespace), {
      query: { labelSelector: `${managedByLabel}=${controllerName}` },
    });
    return items.filter((secret) => {
      const identity = identityOf(secret);
      if (identity === undefined || secret.metadata.labels?.[managedByLabel] !== controllerName) return false;
      const isGone = !objects.get(identities, `${namespace}/${identity}`);
      return isGone && this.authorityOf(secret, identity) === name && mayName(secret, authority);
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
  private async settle(
    authority: CertificateAuthority,
    near: CertificateAuthority,
    client: FabricCa,
    secret: Secret,
  ): Promise<void> {
    const { api, now, log } = this.options;
    const { namespace, name, resourceVersion, annotations } = secret.metadata;
    const noted = Date.parse(annotations?.[goneSinceAnnotation] ?? "");
    if (Number.isNaN(noted)) {
      const since = new Date(now()).toISOString();
      await changeSecret(api, secret, { annotations: { [goneSinceAnnotation]: since } });
      return;
    }
    // A network that was destroyed comes back with an authority that is younger than the note, perhaps before its identities.
    const since = Math.max(noted, Date.parse(near.metadata.creationTimestamp ?? ""));
    if (!(now() >= since + grace) || (await this.isBack(namespace, identityOf(secret)!))) return;
    const enrolmentId = valueOf(secret, enrolmentKeys.id);
    if (!this.isUsed(authority, enrolmentId)) {
      for (const caName of casOf(authority.spec)) await client[caName].remove(enrolmentId);
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
  private isUsed(authority: CertificateAuthority, enrolmentId: string): boolean {
    const { objects, platformNamespace } = this.options;
    return objects
      .list(identities)
      .some(
        (other) =>
          other.spec.enrolmentId === enrolmentId &&
          isOf(other, authority, platformNamespace) &&
          !isRefusedByPlatform(other, platformNamespace),
      );
  }
}

/**
 * Whether a Secret may have an authority forget the enrolment ID in it. Its annotations prove nothing: whoever may write Secrets in a network
 * can write one like the controller's. No Secret of an Identity names the registrar, or at the platform's CAs one of another namespace.
 */
function mayName(secret: Secret, authority: CertificateAuthority): boolean {
  const enrolmentId = valueOf(secret, enrolmentKeys.id);
  if (enrolmentId === registrarId) return false;
  return authority.spec.scope !== "platform" || isOfNamespace(enrolmentId, secret.metadata.namespace);
}

/** The Identity that a Secret is for, by its name; undefined for other Secrets. */
function identityOf({ metadata }: Secret): string | undefined {
  const owned = ownerOfSecret(metadata.name);
  return owned?.use === "enrolment" ? owned.owner : undefined;
}
