import {
  type CapabilityGroup,
  capabilityReaders,
  capabilitySince,
  compareVersions,
  orderingTypeVersions,
} from "../../fabric/src/config/capabilities";
import { lowestLevels } from "../../model/contracts/capabilityLevels";
import { fabricVersionOf } from "../kit/fabricVersion";
import { type KubernetesObject, roleOf } from "../kit/objects";
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
    "Knows a node's version by the tag of its image. Channels have the capabilities that they name, and the lowest ones otherwise.",
  checkStack(objects, { stackFile }) {
    const channels = objects.filter(({ kind }) => kind === "Channel");
    if (channels.length === 0) return [];
    const found: Violation[] = [];
    for (const object of objects) {
      const version = fabricVersionOf(object);
      if (version === undefined) continue;
      const role = roleOf(object)!;
      const add = (message: string): void => {
        const place = `${stackFile.file}: ${stackFile.root}.fabricVersion: ${object.kind} ${object.namespace}/${object.name}`;
        found.push({ place, message, urn: object.urn });
      };
      for (const group of ["channel", "orderer", "application"] as const) {
        if (!(capabilityReaders[group] as readonly string[]).includes(role)) continue;
        for (const capability of new Set(channels.map((channel) => levelOf(channel, group)))) {
          const since = capabilitySince(group, capability);
          if (since === undefined) add(`no version has capability ${capability} (${group}), which channels would have`);
          else if (compareVersions(version, since) < 0) {
            add(
              `version ${version} lacks capability ${capability} (${group}), which channels have. Write ${since} or newer`,
            );
          }
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

/** The capability level that a Channel asks for. */
function levelOf({ body }: KubernetesObject, group: CapabilityGroup): string {
  return String(body.spec?.capabilities?.[group] ?? lowestLevels[group]);
}
