/** Requests for new certificates, as the next start of a node reads them. */
import { renewIssuedBeforeKey } from "../../../../model/contracts/enrolment";
import { enrolmentSecretName, registrarSecretName } from "../../../../model/contracts/names";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import type { CertificateAuthority, Identity } from "../resources";
import { changeSecret, findSecret, valueOf } from "../secrets";

/**
 * Writes a request into the Secret that a node or a CA server starts with: its next start renews every certificate that is valid
 * since before.
 *
 * @param requestedAt - in milliseconds since 1970
 */
export async function announceRequest(
  api: KubernetesApi,
  owner: CertificateAuthority | Identity,
  requestedAt: number,
): Promise<void> {
  const { namespace, name } = owner.metadata;
  const isServer = "url" in owner.spec;
  const secret = await findSecret(api, namespace, isServer ? registrarSecretName(name) : enrolmentSecretName(name));
  const wanted = new Date(requestedAt).toISOString();
  if (!secret || valueOf(secret, renewIssuedBeforeKey) === wanted) return;
  await changeSecret(api, secret, { values: { [renewIssuedBeforeKey]: wanted } });
}
