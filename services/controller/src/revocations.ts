/** Publishes the revocation list of a CA in a Secret, for pods that check certificates of the CA. */
import { revocationsKey, signingCaName } from "../../../model/contracts/certificateAuthority";
import { revocationsSecretName } from "../../../model/contracts/names";
import type { FabricCa } from "../../common/fabricCa/caRegistrar";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { parseRevocationLists, type RevocationList } from "../../common/revocationLists";
import type { CertificateAuthority } from "./resources";
import { changeSecret, ensureSecret, findSecret, valueOf } from "./secrets";

/**
 * Writes the list, if the authority is to publish it, and it says anything new: what is revoked, or that it is good for longer.
 *
 * @param now - milliseconds since 1970
 */
export async function publishRevocations(
  api: KubernetesApi,
  authority: CertificateAuthority,
  client: FabricCa,
  now: number,
): Promise<void> {
  if (authority.spec.publishRevocations !== true) return;
  const name = revocationsSecretName(authority.metadata.name);
  const fresh = await client[signingCaName].revocationList();
  const secret = await findSecret(api, authority.metadata.namespace, name);
  if (secret === undefined) return void (await ensureSecret(api, authority, name, () => ({ [revocationsKey]: fresh })));
  const [kept] = parseRevocationLists(valueOf(secret, revocationsKey));
  const [found] = parseRevocationLists(fresh);
  if (kept !== undefined && found !== undefined && saysTheSame(kept, found, now)) return;
  await changeSecret(api, secret, { values: { [revocationsKey]: fresh } });
}

/** Whether the kept list has the same certificates, and more than half of its life before it. */
function saysTheSame(kept: RevocationList, found: RevocationList, now: number): boolean {
  const { thisUpdate, nextUpdate = Infinity } = kept;
  return kept.serialNumbers.join() === found.serialNumbers.join() && now < (thisUpdate + nextUpdate) / 2;
}
