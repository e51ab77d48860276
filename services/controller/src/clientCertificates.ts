/** Keys and certificates in Secrets, of identities that ask for that: readers of metrics that cannot enrol, such as the Prometheus of an operator. */
import { operationsCaName, rootKeyOf } from "../../../model/contracts/certificateAuthority";
import type { enrolmentKeys } from "../../../model/contracts/enrolment";
import { managedByLabel, managedLabels } from "../../../model/contracts/labels";
import { clientCertificateSecretName, controllerName, ownerOfSecret } from "../../../model/contracts/names";
import { commonName, isAgeing, parseCertificate } from "../../common/certificates";
import type { FabricCa } from "../../common/fabricCa/caRegistrar";
import { parsePrivateKey } from "../../common/keys";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../common/kubernetes/request";
import { failing, type Result } from "./reconciler";
import { collections, type ConfigMap, type Identity, type Secret } from "./resources";
import { changeSecret, findSecret, type SecretValues, valueOf } from "./secrets";

/** What a client certificate is made with. */
export interface ClientCertificateContext {
  api: KubernetesApi;
  /** Clients of the platform's CA. */
  client: FabricCa;
  /** The roots that the platform's CA has published. */
  roots: ConfigMap;
  /** What the identity enrols with. */
  enrolment: SecretValues<(typeof enrolmentKeys)["id" | "secret"]>;
  now: number;
}

/** Keys of the Secret, as Kubernetes names them. */
const keys = { certificate: "tls.crt", key: "tls.key", root: "ca.crt" } as const;

/**
 * Keeps an identity's Secret: makes a key where there is none, where its certificate is not of this CA or this name, and when two thirds of the
 * certificate's life are over. An identity that asks for none any more loses its key.
 *
 * @returns why it cannot; undefined if all is well
 */
export async function keepClientCertificate(
  identity: Identity,
  context: ClientCertificateContext,
): Promise<Result | undefined> {
  const { api, client, roots, enrolment, now } = context;
  const { namespace } = identity.metadata;
  const name = clientCertificateSecretName(identity.metadata.name);
  const there = await findSecret(api, namespace, name);
  const isOwn = there?.metadata.labels?.[managedByLabel] === controllerName;
  if (identity.spec.clientCertificate !== true) {
    if (isOwn) await unlessMissing(api.call("DELETE", `${collections.secrets(namespace)}/${name}`));
    return undefined;
  }
  if (there && !isOwn) {
    const message = `Secret ${name} is there, and not the controller's. Delete it: a new one is made.`;
    return failing("SecretTaken", message);
  }
  const root = roots.data?.[rootKeyOf(operationsCaName)] ?? "";
  if (there && isGood(there, root, enrolment.enrolmentId, now)) return undefined;
  const { certificate, key } = await client[operationsCaName].enrolNewKey(enrolment);
  const values = { [keys.certificate]: certificate, [keys.key]: key, [keys.root]: root };
  if (there) {
    await changeSecret(api, there, { values });
    return undefined;
  }
  const metadata = { name, namespace, labels: managedLabels(controllerName, undefined) };
  const made = { apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", metadata, stringData: values };
  await api.call("POST", collections.secrets(namespace), { body: made });
  return undefined;
}

/**
 * Deletes the keys of identities that are gone, at once: a new one can be made at any time, unlike a node's.
 *
 * @param isGone - whether a namespace has no identity of a name
 */
export async function removeClientCertificates(
  api: KubernetesApi,
  namespace: string,
  isGone: (identity: string) => Promise<boolean>,
): Promise<void> {
  const { items } = await api.call<{ items: Secret[] }>("GET", collections.secrets(namespace), {
    query: { labelSelector: `${managedByLabel}=${controllerName}` },
  });
  for (const { metadata } of items) {
    const owned = ownerOfSecret(metadata.name);
    if (owned?.use !== "client-certificate" || metadata.labels?.[managedByLabel] !== controllerName) continue;
    if (!(await isGone(owned.owner))) continue;
    await unlessMissing(api.call("DELETE", `${collections.secrets(namespace)}/${metadata.name}`));
  }
}

/** Whether a Secret has a key with a certificate for it, which is of this CA and this name and not old. */
function isGood(secret: Secret, root: string, enrolmentId: string, now: number): boolean {
  const certificate = parseCertificate(valueOf(secret, keys.certificate));
  const key = parsePrivateKey(valueOf(secret, keys.key));
  const issuer = parseCertificate(root);
  if (!certificate || !key || !issuer) return false;
  return (
    certificate.checkPrivateKey(key) &&
    certificate.verify(issuer.publicKey) &&
    commonName(certificate) === enrolmentId &&
    !isAgeing(certificate, now) &&
    valueOf(secret, keys.root) === root.trim()
  );
}
