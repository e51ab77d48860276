/** The reconciler of CertificateAuthority, which also provides clients of CAs. */
import type { X509Certificate } from "node:crypto";

import {
  type CaName,
  otherPasswordKeys,
  registrarKeys,
  rootKeyOf,
} from "../../../model/contracts/certificateAuthority";
import { registrarId, registrarSecretName, rootsConfigMapName } from "../../../model/contracts/names";
import { platformCaName } from "../../../model/contracts/platformCa";
import { casOf } from "../../../model/customResources/certificateAuthority";
import { lifeOf, parseCertificate } from "../../common/certificates";
import { CaError, type CaErrorKind } from "../../common/fabricCa/caError";
import { type FabricCa, fabricCa } from "../../common/fabricCa/caRegistrar";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../common/kubernetes/request";
import { claimsToBePlatforms } from "./issuers";
import { configMaps, pods } from "./kinds";
import type { SeenObjects } from "./objects";
import { hasOtherRoots } from "./platformRoots";
import { instanceOf, troubleAt } from "./pods";
import type { Trouble } from "./podTrouble";
import { failing, ready, type Reconciler, type Result, waiting } from "./reconciler";
import { isRotationDue, rotationMark } from "./renewal/rotation";
import { type CertificateAuthority, collections, type ConfigMap, keyOf, type Secret } from "./resources";
import { publishRevocations } from "./revocations";
import { changeSecret, ensureSecret, newPassword, SecretInvalid, valueOf } from "./secrets";

/** How long before its end a root is warned of, in milliseconds: three years. */
const rootWarning = 3 * 365 * 24 * 60 * 60_000;

/** The remedy for each kind of failure of a CA. */
const remedies: Record<CaErrorKind, string> = {
  Unreachable:
    "The controller tries again. See whether the CA's pod is ready and whether a NetworkPolicy lets the controller reach it.",
  RootChanged:
    "The network trusts the roots in the ConfigMap: restore the CA's volume from a backup. Until then, nothing is registered.",
  ServerCertificateInvalid:
    "Restart the CA's pod: it renews its certificate at start. If its host is missing, add it to the CA's hosts.",
  RegistrarRejected:
    "The CA's volume was initialised with another password: restore the registrar's Secret from a backup, or purge the " +
    "organization's CA if nothing was enrolled yet.",
  EnrolmentRejected: "The controller tries again. See the condition Ready of its Identity.",
  Refused: "See the log of the CA's pod.",
};

/**
 * Says what a {@link CaError} means for a custom resource.
 *
 * @param trouble - what keeps the CA's pod from running; absent if nothing does
 */
export function caFailure(error: CaError, trouble?: Trouble): Result {
  if (error.kind === "Unreachable" && trouble) return failing(trouble.reason, `${error.message}. ${trouble.message}`);
  const reason = error.kind === "Unreachable" ? "CertificateAuthorityUnreachable" : error.kind;
  return failing(reason, `${error.message}. ${remedies[error.kind]}`);
}

/** Reconciles CertificateAuthority: makes its registrar's Secret, and checks its published roots and that it answers. */
export class CertificateAuthorities implements Reconciler<CertificateAuthority> {
  private readonly clients = new Map<string, { options: string; client: FabricCa }>();

  constructor(
    private readonly api: KubernetesApi,
    private readonly objects: SeenObjects,
    private readonly now: () => number,
    private readonly platformNamespace: string,
  ) {}

  async reconcile(authority: CertificateAuthority): Promise<Result> {
    if (claimsToBePlatforms(authority, this.platformNamespace)) {
      return waiting(
        "ScopeNotForNetworks",
        `The platform's CertificateAuthority is in namespace ${this.platformNamespace}. This one registers nothing: delete it.`,
      );
    }
    try {
      return await this.check(authority);
    } catch (error) {
      if (error instanceof CaError) return caFailure(error, await this.trouble(authority));
      if (error instanceof SecretInvalid)
        return failing("SecretInvalid", `${error.message}. Restore it from a backup.`);
      throw error;
    }
  }

  forget(key: string): void {
    this.clients.delete(key);
  }

  /**
   * A client of an authority that has published its roots, or undefined if it has not. Clients are kept, and with them the
   * registrar's certificates, as long as nothing about the authority changes.
   */
  async client(authority: CertificateAuthority): Promise<{ client: FabricCa; roots: ConfigMap } | undefined> {
    return this.clientWith(authority, await this.registrar(authority));
  }

  /** The Secret of an authority's registrar, which its pod starts with. */
  private async registrar(authority: CertificateAuthority): Promise<Secret> {
    const name = registrarSecretName(authority.metadata.name);
    const { secret } = await ensureSecret(this.api, authority, name, () => ({
      [registrarKeys.username]: registrarId,
      [registrarKeys.password]: newPassword(),
    }));
    return secret;
  }

  private async clientWith(authority: CertificateAuthority, secret: Secret) {
    const roots = await this.roots(authority);
    if (!roots) return undefined;
    const registrar = {
      username: valueOf(secret, registrarKeys.username),
      password: valueOf(secret, registrarKeys.password),
      otherPasswords: Object.values(otherPasswordKeys).flatMap((key) => valueOf(secret, key) || []),
    };
    const options = {
      url: authority.spec.url,
      tlsRoot: roots.data?.[rootKeyOf(casOf(authority.spec)[1]!)] ?? "",
      registrar,
    };
    const wanted = JSON.stringify(options);
    const key = keyOf(authority);
    const kept = this.clients.get(key);
    if (kept?.options === wanted) return { client: kept.client, roots };
    const client = fabricCa(options);
    this.clients.set(key, { options: wanted, client });
    return { client, roots };
  }

  private async check(authority: CertificateAuthority): Promise<Result> {
    const secret = await this.registrar(authority);
    const found = await this.clientWith(authority, secret);
    if (!found) {
      const missing = `ConfigMap ${rootsConfigMapName(authority.metadata.name)} is not there yet: the CA's pod publishes it when it first starts.`;
      const trouble = await this.trouble(authority);
      if (trouble) return waiting(trouble.reason, `${missing} ${trouble.message}`);
      return waiting("RootsNotPublished", `${missing} If that takes long, see \`kubectl describe pod\` of the CA.`);
    }
    const { client, roots } = found;
    const caNames = casOf(authority.spec);
    for (const caName of caNames) {
      const key = rootKeyOf(caName);
      const published = parseCertificate(roots.data?.[key]);
      if (!published) {
        return waiting(
          "RootsInvalid",
          `ConfigMap ${roots.metadata.name} has no certificate ${key}. Delete it and restart the CA's pod, which ` +
            "publishes it again.",
        );
      }
      const actual = await client[caName].root();
      if (actual.fingerprint256 !== published.fingerprint256) {
        throw new CaError(
          "RootChanged",
          `The root of CA ${caName} is ${short(actual)}, but ConfigMap ${roots.metadata.name} has ${short(published)}`,
        );
      }
    }
    await this.rotate(client, secret, caNames);
    await publishRevocations(this.api, authority, client, this.now());
    const both = `Both CAs of ${authority.spec.organization} accept the registrar and have the published roots`;
    const ends = caNames.map((caName) => lifeOf(parseCertificate(roots.data?.[rootKeyOf(caName)])!).until);
    const end = Math.min(...ends);
    const others = this.networksWithOtherRoots(authority, roots);
    if (others.length > 0) return ready("RootsDiffer", `${both}. ${differing(roots.metadata.name, others)}`);
    if (this.now() < end - rootWarning) return ready("Available", both);
    return ready(
      "RootExpiring",
      `${both}. A root ends at ${new Date(end).toISOString().slice(0, 10)}, and with it all certificates: replace it before. ` +
        "See docs/certificates.md.",
    );
  }

  /**
   * Signs in, and replaces the registrar's password when it is old. The Secret has the new one beside the old one until both CAs have
   * taken it. Until then, and after a crash at any step, the registrar signs in with whichever of them a CA has.
   */
  private async rotate(client: FabricCa, secret: Secret, caNames: readonly CaName[]): Promise<void> {
    const [password, next] = [registrarKeys.password, otherPasswordKeys.next].map((key) => valueOf(secret, key));
    for (const caName of caNames) await client[caName].setPassword(next || password!);
    if (next) {
      await changeSecret(this.api, secret, {
        values: {
          [registrarKeys.password]: next,
          [otherPasswordKeys.next]: null,
          [otherPasswordKeys.previous]: password!,
        },
        annotations: rotationMark(this.now()),
      });
    } else if (isRotationDue(secret, lifeOf(await client[caNames[0]!].serverCertificate()), this.now())) {
      const prepared = await changeSecret(this.api, secret, { values: { [otherPasswordKeys.next]: newPassword() } });
      await this.rotate(client, prepared, caNames);
    }
  }

  /** Namespaces where the copy of the platform's roots is another one. */
  private networksWithOtherRoots({ metadata, spec }: CertificateAuthority, roots: ConfigMap): string[] {
    if (spec.scope !== "platform") return [];
    return this.objects
      .list(configMaps)
      .filter((copy) => copy.metadata.name === roots.metadata.name && copy.metadata.namespace !== metadata.namespace)
      .filter((copy) => hasOtherRoots(copy, roots))
      .map((copy) => copy.metadata.namespace)
      .sort();
  }

  private async trouble(authority: CertificateAuthority): Promise<Trouble | undefined> {
    const [all, key] = [this.objects.list(pods), keyOf(authority)];
    const found = troubleAt(all, key);
    const waits = all.find((pod) => instanceOf(pod) === key && pod.waitsForPlatformRoots && !pod.ended);
    if (found !== undefined || waits === undefined) return found;
    const { namespace } = authority.metadata;
    const name = rootsConfigMapName(platformCaName);
    if (await unlessMissing(this.api.call("GET", `${collections.configMaps(namespace)}/${name}`))) return undefined;
    return {
      reason: "PlatformRootsMissing",
      message:
        `Pod ${waits.metadata.name} waits for ConfigMap ${name}, as all pods of nodes do: the platform's CA has published no roots yet, ` +
        `or is not ready. See CertificateAuthority ${platformCaName} in namespace ${this.platformNamespace}.`,
    };
  }

  private roots({ metadata }: CertificateAuthority): Promise<ConfigMap | undefined> {
    const path = `${collections.configMaps(metadata.namespace)}/${rootsConfigMapName(metadata.name)}`;
    return unlessMissing(this.api.call<ConfigMap>("GET", path));
  }
}

/** Most namespaces that a message lists. */
const mostNamespaces = 8;

function differing(configMap: string, namespaces: readonly string[]): string {
  const more = namespaces.length - mostNamespaces;
  const names = namespaces.slice(0, mostNamespaces).join(", ") + (more > 0 ? ` and ${more} more` : "");
  return (
    `But ConfigMap ${configMap} has other roots in namespaces: ${names}. If the platform was purged and made anew, delete it there: the ` +
    "controller copies it again. Then restart the nodes: `./baas renew NETWORK`. If it was not, restore the volume of the platform's CA."
  );
}

const short = (certificate: X509Certificate): string => `${certificate.fingerprint256.slice(0, 23)}…`;
