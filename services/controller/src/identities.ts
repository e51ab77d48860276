/** The reconciler of Identity, from its Secret to its registration. */
import { createHash } from "node:crypto";

import { enrolContainerName, enrolmentKeys } from "../../../model/contracts/enrolment";
import { enrolmentSecretName, registrarId } from "../../../model/contracts/names";
import { caNames } from "../../common/fabricCa/caClient";
import { CaError } from "../../common/fabricCa/caError";
import type { FabricCa, Registration } from "../../common/fabricCa/caRegistrar";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { caFailure, type CertificateAuthorities } from "./certificateAuthorities";
import { isReady } from "./conditions";
import { certificateAuthorities, identities, pods } from "./kinds";
import type { SeenObjects } from "./objects";
import { troubleAt } from "./pods";
import { failing, ready, type Reconciler, type Result, waiting } from "./reconciler";
import { type Identity, keyOf } from "./resources";
import { ensureSecret, newPassword, SecretInvalid } from "./secrets";

/** Reconciles Identity: a Secret to enrol with, and the registration of it with both CAs of the organization. */
export class Identities implements Reconciler<Identity> {
  /** Hash of the last registration, by key. */
  private readonly registered = new Map<string, string>();

  constructor(
    private readonly api: KubernetesApi,
    private readonly authorities: CertificateAuthorities,
    private readonly objects: SeenObjects,
  ) {}

  async reconcile(identity: Identity): Promise<Result> {
    try {
      return await this.register(identity);
    } catch (error) {
      if (error instanceof CaError) return caFailure(error);
      if (error instanceof SecretInvalid) {
        return failing("SecretInvalid", `${error.message}. Delete it: a new one is made and registered.`);
      }
      throw error;
    }
  }

  forget(key: string): void {
    this.registered.delete(key);
  }

  private async register(identity: Identity): Promise<Result> {
    const { namespace, name } = identity.metadata;
    const { certificateAuthority, enrolmentId, type } = identity.spec;
    const refusal = this.refuse(identity);
    if (refusal) return refusal;

    // Pods wait for their Secret, so make it before the CA exists, and before registering, so that a crash does no harm.
    const { values } = await ensureSecret(this.api, identity, enrolmentSecretName(name), () => ({
      [enrolmentKeys.id]: enrolmentId,
      [enrolmentKeys.secret]: newPassword(),
    }));
    if (values.enrolmentId !== enrolmentId) {
      throw new SecretInvalid(`Secret ${enrolmentSecretName(name)} is for ${values.enrolmentId}, not ${enrolmentId}`);
    }

    const authority = this.objects.get(certificateAuthorities, `${namespace}/${certificateAuthority}`);
    if (!authority) {
      return waiting(
        "CertificateAuthorityNotFound",
        `There is no CertificateAuthority ${certificateAuthority} in namespace ${namespace}. Create it, or correct ` +
          "spec.certificateAuthority.",
      );
    }
    const found = isReady(authority) ? await this.authorities.client(authority) : undefined;
    if (!found) {
      return waiting(
        "CertificateAuthorityNotReady",
        `CertificateAuthority ${certificateAuthority} is not ready yet; see its condition Ready.`,
      );
    }
    const trouble = troubleAt(this.objects.list(pods), keyOf(identity));
    const cannotEnrol = trouble?.container === enrolContainerName;
    // Perhaps the CA has another password than the Secret: registering again sets the Secret's.
    if (cannotEnrol) this.registered.set(keyOf(identity), "");
    await this.ensureRegistered(identity, found.client, { enrolmentId, enrolmentSecret: values.enrolmentSecret, type });
    if (cannotEnrol) {
      return waiting(
        "EnrolmentFails",
        `${enrolmentId} was registered again with the password in its Secret, but does not enrol. ${trouble.message} The pod ` +
          "tries again by itself; delete it to have it try at once.",
      );
    }
    return ready(
      "Registered",
      `${enrolmentId} is registered with both CAs of ${authority.spec.organization} as ${type}`,
    );
  }

  /** Registers an identity that is not registered, or that was registered with another password. */
  private async ensureRegistered(identity: Identity, client: FabricCa, registration: Registration): Promise<void> {
    const key = keyOf(identity);
    const hash = createHash("sha256").update(JSON.stringify(registration)).digest("base64");
    const last = this.registered.get(key);
    const believed = last === hash || (last === undefined && isReady(identity));
    for (const caName of caNames) {
      if (believed && (await client[caName].find(registration.enrolmentId)) === registration.type) continue;
      await client[caName].register(registration);
    }
    this.registered.set(key, hash);
  }

  private refuse(identity: Identity): Result | undefined {
    const { certificateAuthority, enrolmentId } = identity.spec;
    if (enrolmentId === registrarId) {
      return waiting("EnrolmentIdReserved", "The enrolment ID registrar is the controller's own. Choose another one.");
    }
    const rival = this.objects
      .list(identities)
      .filter(
        (other) =>
          other.metadata.namespace === identity.metadata.namespace &&
          other.spec.certificateAuthority === certificateAuthority &&
          other.spec.enrolmentId === enrolmentId,
      )
      .sort((a, b) => age(a).localeCompare(age(b)))[0];
    if (!rival || rival.metadata.name === identity.metadata.name) return undefined;
    return waiting(
      "EnrolmentIdTaken",
      `Identity ${rival.metadata.name} has the enrolment ID ${enrolmentId} at ${certificateAuthority} already. Choose another ` +
        "one, or delete one of the two.",
    );
  }
}

const age = ({ metadata }: Identity): string => `${metadata.creationTimestamp ?? ""} ${metadata.name}`;
