/** The capability levels that a channel can have, as stack files and Channels name them. */
import { type CapabilityGroup, capabilitySince, compareVersions } from "../../fabric/src/config/capabilities";

/**
 * Levels of each group of a channel's configuration, lowest first. The lowest is the level of a channel that names none. A channel
 * never goes back to a lower one.
 */
export const capabilityLevels = {
  channel: ["V2_0", "V3_0"],
  orderer: ["V2_0"],
  application: ["V2_5"],
} as const satisfies Record<CapabilityGroup, readonly string[]>;

/** The level of each group. */
export type CapabilityLevels = { [G in CapabilityGroup]: (typeof capabilityLevels)[G][number] };

/** The groups in the order in which their levels are raised: as Fabric's documentation, "Updating the capability level of a channel". */
export const capabilityGroups = ["orderer", "channel", "application"] as const satisfies CapabilityGroup[];

/** The levels of a channel that names none. */
export const lowestLevels: CapabilityLevels = {
  channel: capabilityLevels.channel[0],
  orderer: capabilityLevels.orderer[0],
  application: capabilityLevels.application[0],
};

/** The first version of Fabric that has a level. */
export function levelSince(group: CapabilityGroup, level: string): string {
  return capabilitySince(group, level)!;
}

/** Whether a level is a lower one than another. */
export function isLower(group: CapabilityGroup, level: string, than: string): boolean {
  return compareVersions(levelSince(group, level), levelSince(group, than)) < 0;
}
