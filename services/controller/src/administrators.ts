/** The identities that the controller acts as: the administrators of organizations. */
import { createHash, X509Certificate } from "node:crypto";

import { pemSigner, type Signer } from "@baas/fabric";

import { rootKeys } from "../../../model/contracts/certificateAuthority";
import { enrolmentKeys } from "../../../model/contracts/enrolment";
import { administratorIdentity, enrolmentSecretName } from "../../../model/contracts/names";
import { isAgeing } from "../../common/certificates";
import { caNames } from "../../common/fabricCa/caClient";
import type { FabricCa, KeyPair } from "../../common/fabricCa/caRegistrar";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import type { CertificateAuthorities } from "./certificateAuthorities";
import { isReady } from "./conditions";
import { certificateAuthorities, identities } from "./kinds";
import type { SeenObjects } from "./objects";
import { failing, Halt, waiting } from "./reconciler";
import { type ConfigMap, type Organization } from "./resources";
import { readSecret } from "./secrets";

/** An organization's administrator, and the root certificates of its members. */
export interface Administrator {
  organization: Organization;
  signer: Signer;
  /** TLS certificate and key, for orderers' participation API. */
  tls: KeyPair;
  /** Root certificate (PEM) of its signing CA. */
  root: string;
  /** Root certificate (PEM) of its TLS CA. */
  tlsRoot: string;
}

interface Enrolled {
  /** Hash of the settings that it was enrolled with. */
  from: string;
  administrator: Promise<Administrator>;
}

/**
 * Enrols as the administrators of organizations. The keys are made here and kept in memory only. So the controller enrols
 * again after each start, which an identity may do without limit.
 */
export class Administrators {
  private readonly enrolled = new Map<string, Enrolled>();

  constructor(
    private readonly api: KubernetesApi,
    private readonly authorities: CertificateAuthorities,
    private readonly objects: SeenObjects,
  ) {}

  /**
   * The administrator of an organization.
   *
   * @throws {@link Halt} when the organization's CA or the administrator's identity is not ready
   * @throws {@link CaError} when the CA does not enrol it
   */
  async of(namespace: string, organization: Organization): Promise<Administrator> {
    const { client, roots } = await this.authority(namespace, organization);
    const name = administratorIdentity(organization.name);
    const key = `${namespace}/${name}`;
    const identity = this.objects.get(identities, key);
    if (!identity || !isReady(identity)) {
      throw notReady("AdministratorNotReady", `Identity ${name} is not registered yet; see its condition Ready.`);
    }
    const secret = await readSecret(this.api, namespace, enrolmentSecretName(name), [
      enrolmentKeys.id,
      enrolmentKeys.secret,
    ]);
    if (!secret) {
      // No watch reports Secrets.
      const message = `Secret ${enrolmentSecretName(name)} is gone; the controller makes a new one.`;
      throw new Halt(failing("AdministratorNotReady", message));
    }
    const from = createHash("sha256")
      .update(JSON.stringify([organization, roots.data, secret]))
      .digest("base64");
    const known = this.enrolled.get(key);
    if (known?.from === from && !(await known.administrator.then(isOld, () => true))) return known.administrator;
    const administrator = enrol(organization, client, roots, secret);
    this.enrolled.set(key, { from, administrator });
    return administrator;
  }

  /** Drops the keys of an administrator whose Identity is gone. */
  forget(identityKey: string): void {
    this.enrolled.delete(identityKey);
  }

  private async authority(namespace: string, organization: Organization) {
    const { certificateAuthority } = organization;
    const authority = this.objects.get(certificateAuthorities, `${namespace}/${certificateAuthority}`);
    const found = authority && isReady(authority) ? await this.authorities.client(authority) : undefined;
    if (found) return found;
    throw notReady(
      "CertificateAuthorityNotReady",
      `CertificateAuthority ${certificateAuthority} is not ready yet; see its condition Ready.`,
    );
  }
}

async function enrol(
  organization: Organization,
  client: FabricCa,
  roots: ConfigMap,
  secret: { enrolmentId: string; enrolmentSecret: string },
): Promise<Administrator> {
  const [signing, tls] = await Promise.all(caNames.map((caName) => client[caName].enrolNewKey(secret)));
  return {
    organization,
    signer: pemSigner(organization.mspId, signing!.certificate, signing!.key),
    tls: tls!,
    root: roots.data?.[rootKeys.signing] ?? "",
    tlsRoot: roots.data?.[rootKeys.tls] ?? "",
  };
}

function isOld({ signer, tls }: Administrator): boolean {
  return [signer.certificate, tls.certificate].some((pem) => isAgeing(new X509Certificate(pem), Date.now()));
}

const notReady = (reason: string, message: string): Halt => new Halt(waiting(reason, message));
