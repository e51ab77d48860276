/** Who the controller is to Kafka. */
import { createHash, X509Certificate } from "node:crypto";

import { kafkaCaName, rootKeyOf } from "../../../../model/contracts/certificateAuthority";
import { enrolmentKeys } from "../../../../model/contracts/enrolment";
import { controllerName, enrolmentSecretName } from "../../../../model/contracts/names";
import { platformCaName, platformIdentityName } from "../../../../model/contracts/platformCa";
import { isAgeing } from "../../../common/certificates";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import type { CertificateAuthorities } from "../certificateAuthorities";
import { isReady } from "../conditions";
import { certificateAuthorities, identities } from "../kinds";
import type { SeenObjects } from "../objects";
import { failing, Halt, waiting } from "../reconciler";
import { readSecret } from "../secrets";
import type { KafkaAccess } from "./kafkaAdmin";

/** Options of {@link KafkaIdentity}. */
export interface KafkaIdentityOptions {
  api: KubernetesApi;
  authorities: CertificateAuthorities;
  objects: SeenObjects;
  /** Namespace of the platform's CA, and of the controller's Identity. */
  platformNamespace: string;
  now: () => number;
}

const name = platformIdentityName(controllerName, kafkaCaName);

/**
 * The controller's certificate for Kafka. As those of administrators, its key is made here and kept in memory only; it enrols again
 * after each start, and in place when two thirds of the certificate's life are over.
 */
export class KafkaIdentity {
  private enrolled?: { from: string; tls: Promise<Required<KafkaAccess["tls"]>> };

  constructor(private readonly options: KafkaIdentityOptions) {}

  /**
   * Key and certificate, and the root of brokers.
   *
   * @throws {@link Halt} when the platform's CA or the controller's Identity is not ready
   * @throws {@link CaError} when the CA does not enrol it
   */
  async tls(): Promise<Required<KafkaAccess["tls"]>> {
    const { api, authorities, objects, platformNamespace, now } = this.options;
    const authority = objects.get(certificateAuthorities, `${platformNamespace}/${platformCaName}`);
    const found = authority && isReady(authority) ? await authorities.client(authority) : undefined;
    if (!found) {
      throw new Halt(
        waiting("CertificateAuthorityNotReady", "The platform's CA is not ready yet; see its condition Ready."),
      );
    }
    const identity = objects.get(identities, `${platformNamespace}/${name}`);
    if (!identity || !isReady(identity)) {
      throw new Halt(
        waiting("IdentityNotReady", `Identity ${name} of the platform is not registered yet; see its condition Ready.`),
      );
    }
    const keys = [enrolmentKeys.id, enrolmentKeys.secret] as const;
    const secret = await readSecret(api, platformNamespace, enrolmentSecretName(name), keys);
    if (!secret) {
      // No watch reports Secrets.
      const message = `Secret ${enrolmentSecretName(name)} of the platform is gone; the controller makes a new one.`;
      throw new Halt(failing("IdentityNotReady", message));
    }
    const ca = found.roots.data?.[rootKeyOf(kafkaCaName)] ?? "";
    const from = createHash("sha256")
      .update(JSON.stringify([ca, secret]))
      .digest("base64");
    const known = this.enrolled;
    const isGood =
      known?.from === from &&
      (await known.tls.then(
        ({ cert }) => !isOld(cert, now()),
        () => false,
      ));
    if (isGood) return known.tls;
    const tls = found.client[kafkaCaName]
      .enrolNewKey(secret)
      .then(({ certificate, key }) => ({ ca, cert: certificate, key }));
    this.enrolled = { from, tls };
    return tls;
  }
}

const isOld = (pem: string, now: number): boolean => isAgeing(new X509Certificate(pem), now);
