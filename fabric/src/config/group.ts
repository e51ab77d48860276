/** The tree that a channel's configuration is: groups of groups, values and policies, each with its own mod_policy. */
import { common } from "@hyperledger/fabric-protos";

import type { Policies } from "./description";
import { toPolicy } from "./policies";

/** Default policy for changes: that of the group's administrators. */
export const admins = "Admins";

/** Anything that protobuf can write. */
export interface Message {
  serializeBinary(): Uint8Array;
}

/** A group with policies, at version 0. */
export function newGroup(policies: Policies): common.ConfigGroup {
  const group = new common.ConfigGroup();
  group.setModPolicy(admins);
  for (const [name, source] of Object.entries(policies)) group.getPoliciesMap().set(name, newPolicy(source));
  return group;
}

/** A policy at version 0 in a group. */
export function newPolicy(source: string): common.ConfigPolicy {
  const policy = new common.ConfigPolicy();
  policy.setModPolicy(admins);
  policy.setPolicy(toPolicy(source));
  return policy;
}

/** Sets a value of a group, and keeps version and mod_policy of one that is there. */
export function setValue(group: common.ConfigGroup, key: string, message: Message, modPolicy = admins): void {
  const value = group.getValuesMap().get(key) ?? new common.ConfigValue();
  if (value.getModPolicy() === "") value.setModPolicy(modPolicy);
  value.setValue(message.serializeBinary());
  group.getValuesMap().set(key, value);
}

/** The bytes of a value, or nothing if the group has no such value. */
export function getValue(group: common.ConfigGroup, key: string): Uint8Array | undefined {
  return group.getValuesMap().get(key)?.getValue_asU8();
}

/** Keys of a protobuf map, sorted. */
export function keys(map: { keys(): { next(): { done?: boolean; value: string } } }): string[] {
  const found: string[] = [];
  const iterator = map.keys();
  for (let next = iterator.next(); !next.done; next = iterator.next()) found.push(next.value);
  return found.sort();
}
