import {
  capabilityReaders,
  capabilitySince,
  compareVersions,
  defaultCapabilities,
  orderingTypeVersions,
} from "../../fabric/src/config/capabilities";
import { parseImage } from "../../model/contracts/images";
import { containersOf, type KubernetesObject, podOf, roleOf } from "../kit/objects";
import { stackPolicy, type Violation } from "../kit/policy";

/** Nodes have a version that supports the capabilities of their channels. */
export const capabilities = stackPolicy({
  name: "fabric-capabilities",
  level: "mandatory",
  description:
    "Orderers and peers have a version of Fabric with the capabilities and the ordering type of their channels.",
  why:
    'A node that reads a capability it does not have stops, and stops again at every restart ("capability V2_5 is required but ' +
    "not supported\"). The channel's configuration cannot be taken back.",
  limits:
    "Knows a node's version by the tag of its image. Channels have the capabilities that the network controller gives them.",
  checkStack(objects, { stackFile }) {
    const channels = objects.filter(({ kind }) => kind === "Channel");
    if (channels.length === 0) return [];
    const found: Violation[] = [];
    for (const object of objects) {
      const version = versionOf(object);
      if (version === undefined) continue;
      const role = roleOf(object)!;
      const add = (message: string): void => {
        const place = `${stackFile.file}: ${stackFile.root}.fabricVersion: ${object.kind} ${object.namespace}/${object.name}`;
        found.push({ place, message, urn: object.urn });
      };
      for (const group of ["channel", "orderer", "application"] as const) {
        if (!(capabilityReaders[group] as readonly string[]).includes(role)) continue;
        for (const capability of defaultCapabilities[group]) {
          const since = capabilitySince(group, capability)!;
          if (compareVersions(version, since) >= 0) continue;
          add(
            `version ${version} lacks capability ${capability} (${group}), which channels have. Write ${since} or newer`,
          );
        }
      }
      const types = [...new Set(channels.map(({ body }) => String(body.spec?.ordering?.type)))];
      for (const type of role === "orderer" ? types : []) {
        const { since, until } = orderingTypeVersions[type.toLowerCase()] ?? {};
        if (since !== undefined && compareVersions(version, since) < 0) {
          add(`version ${version} has no ordering type ${type}. Write ${since} or newer`);
        }
        if (until !== undefined && compareVersions(version, until) >= 0) {
          add(`version ${version} has ordering type ${type} no more. Write a version before ${until}`);
        }
      }
    }
    return found;
  },
});

/** Version of Fabric that an orderer or a peer runs, by the image with its role in the name: `fabric-peer:2.5.16`. */
function versionOf(object: KubernetesObject): string | undefined {
  const pod = podOf(object);
  const role = roleOf(object);
  if (pod === undefined || (role !== "peer" && role !== "orderer")) return undefined;
  for (const { container } of containersOf(pod)) {
    const { repository, tag = "" } = parseImage(container.image ?? "");
    if (repository.endsWith(`fabric-${role}`) && /^\d+\.\d+/.test(tag)) return tag;
  }
  return undefined;
}
