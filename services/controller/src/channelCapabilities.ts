/** Raises the capability levels of a channel, once all nodes that would stop at them are new enough. */
import {
  type CapabilityGroup,
  capabilityReaders,
  type ChannelDescription,
  compareVersions,
  type ConfigEdit,
  setCapabilities,
} from "@baas/fabric";

import {
  capabilityGroups,
  type CapabilityLevels,
  capabilityLevels,
  isLower,
  levelSince,
  lowestLevels,
} from "../../../model/contracts/capabilityLevels";
import { fabricVersionAt, type SeenPod } from "./pods";
import { failing, Halt } from "./reconciler";
import type { Channel } from "./resources";

/** The levels that a channel's spec asks for. */
export const wantedLevels = ({ spec }: Channel): CapabilityLevels => spec.capabilities ?? lowestLevels;

/**
 * Makes sure that no node stops at the levels that a channel's spec asks for.
 *
 * @throws {@link Halt} that names a node which is too old, or does not say its version
 */
export function requireVersions(channel: Channel, pods: readonly SeenPod[], groups = capabilityGroups): void {
  for (const group of groups) requireVersion(channel, pods, group);
}

/**
 * Raises the levels of a channel to those of its spec: the orderers' group first, then the channel's, then that of the applications,
 * by one configuration update each. What a group cannot have holds up those after it.
 *
 * @param current - the channel as it is
 * @param update - changes the channel's configuration
 * @returns why something could not be done
 */
export async function raiseCapabilities(
  channel: Channel,
  current: ChannelDescription,
  pods: readonly SeenPod[],
  update: (edits: ConfigEdit[]) => Promise<unknown>,
): Promise<unknown[]> {
  const wanted = wantedLevels(channel);
  try {
    for (const group of capabilityGroups) {
      const [level, names] = [wanted[group], namesOf(current, group)];
      if (names.includes(level)) continue;
      const higher = capabilityLevels[group].find((one) => names.includes(one) && isLower(group, level, one));
      if (higher !== undefined) throw notLowered(group, level, higher);
      requireVersion(channel, pods, group);
      await update([setCapabilities(group, [level])]);
    }
    return [];
  } catch (error) {
    return [error];
  }
}

/** The capabilities that a group of a channel has. */
function namesOf({ capabilities, orderer, application }: ChannelDescription, group: CapabilityGroup): string[] {
  const all = { channel: capabilities, orderer: orderer.capabilities, application: application.capabilities };
  return all[group] ?? [];
}

/** The lowest levels are in every version that is supported: nothing is asked for them. */
function requireVersion(channel: Channel, pods: readonly SeenPod[], group: CapabilityGroup): void {
  const level = wantedLevels(channel)[group];
  if (level === lowestLevels[group]) return;
  const since = levelSince(group, level);
  const { namespace } = channel.metadata;
  for (const node of readersOf(channel, group)) {
    const version = fabricVersionAt(pods, `${namespace}/${node}`);
    if (version !== undefined && compareVersions(version, since) >= 0) continue;
    const state = version === undefined ? "is not ready, or has an image whose tag is no version" : `runs ${version}`;
    throw new Halt(
      failing(
        "NodesTooOld",
        `The ${group} capability ${level} needs Fabric ${since} or newer on every node of the channel, and ${node} ${state}. It would ` +
          "stop at that level for good. The level is raised, or a new channel made, as soon as all nodes are new enough.",
      ),
    );
  }
}

/** Names of the nodes that read a group of a channel's configuration. */
function readersOf({ spec }: Channel, group: CapabilityGroup): string[] {
  const nodes = {
    orderer: spec.ordering.consenters,
    peer: spec.organizations.flatMap(({ peers }) => peers),
  };
  return capabilityReaders[group].flatMap((role) => nodes[role].map(({ name }) => name));
}

function notLowered(group: CapabilityGroup, level: string, higher: string): Halt {
  return new Halt(
    failing(
      "CapabilityNotLowered",
      `The channel has ${group} capability ${higher}, and the spec says ${level}. A level is never lowered: no node can read past the ` +
        `block that raised it without having it. Write capabilities: { ${group}: ${higher} } in the stack file.`,
    ),
  );
}
