/**
 * Capabilities: what every node must support to take part in a channel, and since which version it does.
 *
 * Source: Fabric's source, common/capabilities (2.5 and 3.1); documentation, "Channel capabilities".
 */

/** The groups of a channel's configuration that have capabilities. */
export type CapabilityGroup = "channel" | "orderer" | "application";

/** The kinds of nodes that read a group of a channel's configuration, and stop at a capability that they do not have. */
export const capabilityReaders: Record<CapabilityGroup, readonly ("orderer" | "peer")[]> = {
  channel: ["orderer", "peer"],
  orderer: ["orderer"],
  application: ["peer"],
};

/** Capabilities of a channel whose description names none. */
export const defaultCapabilities = { channel: ["V2_0"], orderer: ["V2_0"], application: ["V2_5"] } as const;

const since: Record<CapabilityGroup, Record<string, string>> = {
  channel: { V1_1: "1.1", V1_3: "1.3", V1_4_2: "1.4.2", V1_4_3: "1.4.3", V2_0: "2.0", V3_0: "3.0" },
  orderer: { V1_1: "1.1", V1_4_2: "1.4.2", V2_0: "2.0" },
  application: { V1_1: "1.1", V1_2: "1.2", V1_3: "1.3", V1_4_2: "1.4.2", V2_0: "2.0", V2_5: "2.5" },
};

/**
 * The first version of Fabric that has a capability.
 *
 * @returns undefined when no version has it: a node that reads such a channel configuration stops
 */
export function capabilitySince(group: CapabilityGroup, capability: string): string | undefined {
  return since[group][capability];
}

/** The ordering types, and the versions of Fabric that have them: from the first one on, and before the second one. */
export const orderingTypeVersions: Record<string, { since?: string; until?: string }> = {
  etcdraft: { since: "1.4.1" },
  kafka: { until: "3.0" },
  bft: { since: "3.0" },
};

/** Compares two versions of Fabric, such as `2.5.16` and `3.0`: negative when the first is the older one. */
export function compareVersions(a: string, b: string): number {
  const [as, bs] = [a, b].map((version) => version.split(/[.-]/).map((part) => Number(part) || 0));
  for (let i = 0; i < Math.max(as!.length, bs!.length); i++) {
    const difference = (as![i] ?? 0) - (bs![i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Whether a version of Fabric is of an older release series than another: 2.5.16 is, of 3.1.5, and is not, of 2.5.17. Fabric supports
 * no downgrade. Within a series, ledger formats, capabilities and protocols stay.
 */
export function isOlderSeries(version: string, than: string): boolean {
  const series = (one: string): string => one.split(".").slice(0, 2).join(".");
  return compareVersions(series(version), series(than)) < 0;
}
