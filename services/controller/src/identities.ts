/** The reconciler of Identity, from its Secret to its registration. */
import { createHash } from "node:crypto";

import { authorityAnnotation, goneSinceAnnotation, registeredAnnotation } from "../../../model/contracts/annotations";
import { type CaName, operationsCaName } from "../../../model/contracts/certificateAuthority";
import { enrolContainerName, enrolmentKeys, renewIssuedBeforeKey } from "../../../model/contracts/enrolment";
import { enrolmentSecretName, registrarId } from "../../../model/contracts/names";
import { platformEnrolContainerName, platformEnrolmentId } from "../../../model/contracts/platformCa";
import { CaError } from "../../common/fabricCa/caError";
import type { FabricCa, Registration } from "../../common/fabricCa/caRegistrar";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { caFailure, type CertificateAuthorities } from "./certificateAuthorities";
import { type ClientCertificateContext, keepClientCertificate } from "./clientCertificates";
import { isReady } from "./conditions";
import type { IssuedCertificates } from "./issuedCertificates";
import { asksForForeignName, asksToReadMetrics, authorityKeyOf, enrollingNodeOf, issuersOf } from "./issuers";
import { certificateAuthorities, identities, pods } from "./kinds";
import type { SeenObjects } from "./objects";
import { instanceOf, troubleAt } from "./pods";
import { failing, ready, type Reconciler, type Result, waiting } from "./reconciler";
import { backdated } from "./renewal/renewalDue";
import { isRotationDue, rotationMark } from "./renewal/rotation";
import { type CertificateAuthority, type Identity, type Secret, splitKey } from "./resources";
import { changeSecret, ensureSecret, newPassword, SecretInvalid, valueOf } from "./secrets";

/** What {@link Identities} works with. */
export interface IdentitiesOptions {
  api: KubernetesApi;
  authorities: CertificateAuthorities;
  issued: Pick<IssuedCertificates, "of">;
  objects: SeenObjects;
  now: () => number;
  /** Namespace of the platform's CA. */
  platformNamespace: string;
}

/**
 * Reconciles Identity: a Secret to enrol with, the registration of it with both CAs of the organization or with one of the platform's, and
 * its replacement when it is old.
 */
export class Identities implements Reconciler<Identity> {
  constructor(private readonly options: IdentitiesOptions) {}

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

  forget(): void {}

  private async register(identity: Identity): Promise<Result> {
    const { api, authorities, objects, platformNamespace } = this.options;
    const { name } = identity.metadata;
    const { certificateAuthority, enrolmentId, type } = identity.spec;
    const refusal = this.refuse(identity);
    if (refusal) return refusal;

    // Pods wait for their Secret, so make it before the CA exists, and before registering, so that a crash does no harm.
    const { values, secret: there } = await ensureSecret(
      api,
      identity,
      enrolmentSecretName(name),
      () => ({ [enrolmentKeys.id]: enrolmentId, [enrolmentKeys.secret]: newPassword() }),
      { annotations: { [authorityAnnotation]: certificateAuthority }, values: this.renewalOfRevoked() },
    );
    if (values.enrolmentId !== enrolmentId) {
      throw new SecretInvalid(`Secret ${enrolmentSecretName(name)} is for ${values.enrolmentId}, not ${enrolmentId}`);
    }

    const authorityKey = authorityKeyOf(identity, platformNamespace);
    const authority = objects.get(certificateAuthorities, authorityKey);
    if (!authority) {
      const { namespace } = splitKey(authorityKey);
      return waiting(
        "CertificateAuthorityNotFound",
        `There is no CertificateAuthority ${certificateAuthority} in namespace ${namespace}. Create it, or correct ` +
          "spec.certificateAuthority.",
      );
    }
    const found = isReady(authority) ? await authorities.client(authority) : undefined;
    if (!found) {
      return waiting(
        "CertificateAuthorityNotReady",
        `CertificateAuthority ${certificateAuthority} is not ready yet; see its condition Ready.`,
      );
    }
    const trouble = troubleAt(objects.list(pods), enrollingNodeOf(identity));
    const cannotEnrol = trouble?.container === enrolContainerOf(identity);
    const secret = await this.rotated(identity, authority, there);
    const enrolmentSecret = valueOf(secret, enrolmentKeys.secret);
    // Perhaps the CA has another password than the Secret: registering again sets the Secret's.
    const registration = { enrolmentId, enrolmentSecret, type };
    await this.ensureRegistered(secret, found.client, registration, issuersOf(identity), cannotEnrol);
    if (cannotEnrol) {
      return waiting(
        "EnrolmentFails",
        `${enrolmentId} was registered again with the password in its Secret, but does not enrol. ${trouble.message} The pod ` +
          "tries again by itself; delete it to have it try at once.",
      );
    }
    const failure = await this.clientCertificate(identity, found, { enrolmentId, enrolmentSecret });
    if (failure) return failure;
    const { issuer } = identity.spec;
    const where = issuer ? `CA ${issuer} of the platform` : `both CAs of ${authority.spec.organization}`;
    return ready("Registered", `${enrolmentId} is registered with ${where} as ${type}`);
  }

  /** Keeps the Secret with the key of a reader of metrics that cannot enrol itself. */
  private async clientCertificate(
    identity: Identity,
    authority: Pick<ClientCertificateContext, "client" | "roots">,
    enrolment: ClientCertificateContext["enrolment"],
  ): Promise<Result | undefined> {
    if (identity.spec.issuer !== operationsCaName) return undefined;
    const { api, now } = this.options;
    return keepClientCertificate(identity, { api, ...authority, enrolment, now: now() });
  }

  /**
   * Replaces a secret that is old. The new one is in the Secret first. Both CAs take it next, also after a crash: the Secret says which
   * one they have taken. A pod that starts in between gets in at its next try.
   */
  private async rotated(identity: Identity, authority: CertificateAuthority, secret: Secret): Promise<Secret> {
    const { api, issued, objects, now } = this.options;
    const { enrolmentId, type } = identity.spec;
    const registration = { enrolmentId, enrolmentSecret: valueOf(secret, enrolmentKeys.secret), type };
    if (secret.metadata.annotations?.[registeredAnnotation] !== hashOf(registration)) return secret;
    const isEnrolling = objects
      .list(pods)
      .some((pod) => !pod.ended && pod.enrolledAt === undefined && instanceOf(pod) === enrollingNodeOf(identity));
    if (isEnrolling) return secret;
    // The CA server's certificate lives as long as those that it issues.
    const server = (await issued.of(authority, 0))?.certificates.find(({ kind }) => kind === "server");
    if (!server || !isRotationDue(secret, server, now())) return secret;
    const values = { [enrolmentKeys.secret]: newPassword() };
    return changeSecret(api, secret, { values, annotations: rotationMark(now()) });
  }

  /**
   * Registers an identity that is not registered, or that was registered with another password.
   *
   * @param again - whether to do so in any case
   */
  private async ensureRegistered(
    secret: Secret,
    client: FabricCa,
    registration: Registration,
    caNames: readonly CaName[],
    again: boolean,
  ): Promise<void> {
    const { api } = this.options;
    const hash = hashOf(registration);
    const { annotations } = secret.metadata;
    const isTaken = annotations?.[registeredAnnotation] === hash;
    const types = isTaken && !again ? await typesAt(client, caNames, registration.enrolmentId) : undefined;
    if (types?.includes(undefined)) {
      // It was removed, but not its Secret: said before it is registered again, lest that be forgotten.
      const change = { values: this.renewalOfRevoked(), annotations: { [registeredAnnotation]: null } };
      return this.ensureRegistered(await changeSecret(api, secret, change), client, registration, caNames, again);
    }
    for (const [index, caName] of caNames.entries()) {
      if (types?.[index] !== registration.type) await client[caName].register(registration);
    }
    if (isTaken && annotations?.[goneSinceAnnotation] === undefined) return;
    await changeSecret(api, secret, { annotations: { [registeredAnnotation]: hash, [goneSinceAnnotation]: null } });
  }

  /**
   * Has the next start renew what was issued until now: the volume of a node whose identity was removed may hold a certificate from
   * before, which is revoked. The life of one that is issued now begins a little earlier.
   */
  private renewalOfRevoked(): Record<string, string> {
    return { [renewIssuedBeforeKey]: new Date(this.options.now() - backdated).toISOString() };
  }

  private refuse(identity: Identity): Result | undefined {
    const { certificateAuthority, enrolmentId } = identity.spec;
    if (asksForForeignName(identity)) {
      const { namespace } = identity.metadata;
      return waiting(
        "EnrolmentIdForeign",
        `${enrolmentId} is not a name of namespace ${namespace}. At the platform's CAs, give one like ${platformEnrolmentId("NAME", namespace)}, ` +
          "with a NAME of lower-case letters, digits and dashes.",
      );
    }
    if (asksToReadMetrics(identity, this.options.platformNamespace)) {
      return waiting(
        "IssuerNotForNetworks",
        "A certificate of the platform's CA operations reads the metrics of all networks. Make the Identity in the platform's namespace.",
      );
    }
    if (enrolmentId === registrarId) {
      return waiting("EnrolmentIdReserved", "The enrolment ID registrar is the controller's own. Choose another one.");
    }
    const rival = this.options.objects
      .list(identities)
      .filter(
        (other) =>
          other.metadata.namespace === identity.metadata.namespace &&
          other.spec.certificateAuthority === certificateAuthority &&
          other.spec.issuer === identity.spec.issuer &&
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

/** Name of the container that enrols with an Identity. */
function enrolContainerOf({ spec: { issuer } }: Identity): string {
  return issuer === undefined ? enrolContainerName : platformEnrolContainerName(issuer);
}

const hashOf = (registration: Registration): string =>
  createHash("sha256").update(JSON.stringify(registration)).digest("base64url");

/** The types by which CAs know a name; undefined where it is not registered. */
const typesAt = (client: FabricCa, caNames: readonly CaName[], enrolmentId: string): Promise<(string | undefined)[]> =>
  Promise.all(caNames.map((caName) => client[caName].find(enrolmentId)));

const age = ({ metadata }: Identity): string => `${metadata.creationTimestamp ?? ""} ${metadata.name}`;
