/** Which version of Fabric a node runs. */
import { parseImage } from "../../model/contracts/images";
import { containersOf, type KubernetesObject, podOf, roleOf } from "./objects";

/**
 * Version of Fabric that an orderer or a peer runs, by the image with its role in the name: `fabric-peer:2.5.16`.
 *
 * @returns undefined for other objects, and for an image whose tag says no version
 */
export function fabricVersionOf(object: KubernetesObject): string | undefined {
  const pod = podOf(object);
  const role = roleOf(object);
  if (pod === undefined || (role !== "peer" && role !== "orderer")) return undefined;
  for (const { container } of containersOf(pod)) {
    const { repository, tag = "" } = parseImage(container.image ?? "");
    if (repository.endsWith(`fabric-${role}`) && /^\d+\.\d+/.test(tag)) return tag;
  }
  return undefined;
}
