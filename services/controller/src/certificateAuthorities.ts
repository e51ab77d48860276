/** The reconciler of CertificateAuthority, which also provides clients of CAs. */
import type { X509Certificate } from "node:crypto";

import { registrarKeys, rootKeyOf, rootKeys } from "../../../model/contracts/certificateAuthority";
import { registrarId, registrarSecretName, rootsConfigMapName } from "../../../model/contracts/names";
import { parseCertificate } from "../../common/certificates";
import { caNames } from "../../common/fabricCa/caClient";
import { CaError, type CaErrorKind } from "../../common/fabricCa/caError";
import { type FabricCa, fabricCa } from "../../common/fabricCa/caRegistrar";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../common/kubernetes/request";
import { pods } from "./kinds";
import type { SeenObjects } from "./objects";
import { troubleAt } from "./pods";
import type { Trouble } from "./podTrouble";
import { failing, ready, type Reconciler, type Result, waiting } from "./reconciler";
import { type CertificateAuthority, collections, type ConfigMap, keyOf } from "./resources";
import { ensureSecret, newPassword, SecretInvalid } from "./secrets";

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
  ) {}

  async reconcile(authority: CertificateAuthority): Promise<Result> {
    try {
      return await this.check(authority);
    } catch (error) {
      if (error instanceof CaError) return caFailure(error, this.trouble(authority));
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
    const { name } = authority.metadata;
    const { values: registrar } = await ensureSecret(this.api, authority, registrarSecretName(name), () => ({
      [registrarKeys.username]: registrarId,
      [registrarKeys.password]: newPassword(),
    }));
    const roots = await this.roots(authority);
    if (!roots) return undefined;
    const options = { url: authority.spec.url, tlsRoot: roots.data?.[rootKeys.tls] ?? "", registrar };
    const wanted = JSON.stringify(options);
    const key = keyOf(authority);
    const kept = this.clients.get(key);
    if (kept?.options === wanted) return { client: kept.client, roots };
    const client = fabricCa(options);
    this.clients.set(key, { options: wanted, client });
    return { client, roots };
  }

  private async check(authority: CertificateAuthority): Promise<Result> {
    const found = await this.client(authority);
    if (!found) {
      const missing = `ConfigMap ${rootsConfigMapName(authority.metadata.name)} is not there yet: the CA's pod publishes it when it first starts.`;
      const trouble = this.trouble(authority);
      if (trouble) return waiting(trouble.reason, `${missing} ${trouble.message}`);
      return waiting("RootsNotPublished", `${missing} If that takes long, see \`kubectl describe pod\` of the CA.`);
    }
    const { client, roots } = found;
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
    for (const caName of caNames) await client[caName].signIn();
    return ready(
      "Available",
      `Both CAs of ${authority.spec.organization} accept the registrar and have the published roots`,
    );
  }

  private trouble(authority: CertificateAuthority): Trouble | undefined {
    return troubleAt(this.objects.list(pods), keyOf(authority));
  }

  private roots({ metadata }: CertificateAuthority): Promise<ConfigMap | undefined> {
    const path = `${collections.configMaps(metadata.namespace)}/${rootsConfigMapName(metadata.name)}`;
    return unlessMissing(this.api.call<ConfigMap>("GET", path));
  }
}

const short = (certificate: X509Certificate): string => `${certificate.fingerprint256.slice(0, 23)}…`;
