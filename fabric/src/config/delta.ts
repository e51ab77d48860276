/**
 * The difference between two configurations, as a `ConfigUpdate`: what was read (with the versions that must still hold),
 * and what is written (changed elements one version up). Orderers check the first, demand the signatures that the changed
 * elements' mod_policies ask for, and put the second over the current configuration.
 *
 * A group that gains or loses an element is written as a whole, with the elements that stay named by their versions; a
 * group in which only elements change keeps its version and names only those.
 *
 * Source: fabric-protos, common/configtx.proto; Fabric documentation, "Updating a channel configuration".
 */
import { common } from "@hyperledger/fabric-protos";

import { channelGroup } from "./describe";
import { keys } from "./group";

/**
 * Computes the update from one configuration to another, as `configtxlator compute_update` does.
 *
 * @param current - as read from the channel
 * @param wanted - a changed copy; its versions are ignored
 * @returns nothing if the two are equal
 */
export function computeUpdate(
  channel: string,
  current: common.Config,
  wanted: common.Config,
): common.ConfigUpdate | undefined {
  const sets = groupDelta(channelGroup(current), channelGroup(wanted));
  if (!sets.changed) return undefined;
  const update = new common.ConfigUpdate();
  update.setChannelId(channel);
  update.setReadSet(sets.read);
  update.setWriteSet(sets.write);
  return update;
}

interface GroupDelta {
  read: common.ConfigGroup;
  write: common.ConfigGroup;
  changed: boolean;
}

/** The delta of a map's elements; `same` stay as they are, and are named only if the group itself changes. */
interface MapDelta {
  read: Map<string, Element>;
  write: Map<string, Element>;
  same: Map<string, Element>;
  membersChanged: boolean;
}

type Element = common.ConfigGroup | common.ConfigValue | common.ConfigPolicy;

function groupDelta(current: common.ConfigGroup, wanted: common.ConfigGroup): GroupDelta {
  const values = mapDelta(current.getValuesMap(), wanted.getValuesMap(), valueDelta, newValue);
  const policies = mapDelta(current.getPoliciesMap(), wanted.getPoliciesMap(), policyDelta, newPolicy);
  const groups = mapDelta(current.getGroupsMap(), wanted.getGroupsMap(), groupDelta, newGroup);
  const maps = { values, policies, groups };
  const ownChange =
    Object.values(maps).some(({ membersChanged }) => membersChanged) ||
    current.getModPolicy() !== wanted.getModPolicy();

  const read = new common.ConfigGroup();
  const write = new common.ConfigGroup();
  read.setVersion(current.getVersion());
  write.setVersion(current.getVersion() + (ownChange ? 1 : 0));
  if (ownChange) {
    write.setModPolicy(wanted.getModPolicy());
    for (const map of Object.values(maps)) {
      for (const [key, element] of map.same) {
        map.read.set(key, element);
        map.write.set(key, element);
      }
    }
  }
  put(read, values.read, policies.read, groups.read);
  put(write, values.write, policies.write, groups.write);
  return { read, write, changed: ownChange || Object.values(maps).some((map) => map.write.size > 0) };
}

/** Elements of two maps compared: `compare` says what changes in one that is in both, `create` makes a new one. */
function mapDelta<T extends Element>(
  current: ProtobufMap<T>,
  wanted: ProtobufMap<T>,
  compare: (current: T, wanted: T) => { read?: T; write: T; changed: boolean },
  create: (wanted: T) => T,
): MapDelta {
  const delta: MapDelta = { read: new Map(), write: new Map(), same: new Map(), membersChanged: false };
  for (const key of keys(current)) {
    const wantedElement = wanted.get(key);
    if (wantedElement === undefined) {
      delta.membersChanged = true;
      continue;
    }
    const { read, write, changed } = compare(current.get(key)!, wantedElement);
    if (!changed) {
      delta.same.set(key, write);
      continue;
    }
    if (read !== undefined) delta.read.set(key, read);
    delta.write.set(key, write);
  }
  for (const key of keys(wanted)) {
    if (current.get(key) !== undefined) continue;
    delta.membersChanged = true;
    delta.write.set(key, create(wanted.get(key)!));
  }
  return delta;
}

interface ProtobufMap<T> {
  get(key: string): T | undefined;
  keys(): { next(): { done?: boolean; value: string } };
}

function valueDelta(current: common.ConfigValue, wanted: common.ConfigValue) {
  const write = new common.ConfigValue();
  const changed =
    current.getModPolicy() !== wanted.getModPolicy() ||
    !Buffer.from(current.getValue_asU8()).equals(wanted.getValue_asU8());
  write.setVersion(current.getVersion() + (changed ? 1 : 0));
  if (changed) {
    write.setModPolicy(wanted.getModPolicy());
    write.setValue(wanted.getValue_asU8());
  }
  return { write, changed };
}

function policyDelta(current: common.ConfigPolicy, wanted: common.ConfigPolicy) {
  const write = new common.ConfigPolicy();
  const bytes = (policy: common.ConfigPolicy) => Buffer.from(policy.getPolicy()?.serializeBinary() ?? new Uint8Array());
  const changed = current.getModPolicy() !== wanted.getModPolicy() || !bytes(current).equals(bytes(wanted));
  write.setVersion(current.getVersion() + (changed ? 1 : 0));
  if (changed) {
    write.setModPolicy(wanted.getModPolicy());
    write.setPolicy(wanted.getPolicy());
  }
  return { write, changed };
}

function newValue(wanted: common.ConfigValue): common.ConfigValue {
  const value = wanted.cloneMessage();
  value.setVersion(0);
  return value;
}

function newPolicy(wanted: common.ConfigPolicy): common.ConfigPolicy {
  const policy = wanted.cloneMessage();
  policy.setVersion(0);
  return policy;
}

/** A group that did not exist, with everything in it at version 0. */
function newGroup(wanted: common.ConfigGroup): common.ConfigGroup {
  const { write } = groupDelta(new common.ConfigGroup(), wanted);
  write.setVersion(0);
  write.setModPolicy(wanted.getModPolicy());
  return write;
}

function put(
  group: common.ConfigGroup,
  values: Map<string, Element>,
  policies: Map<string, Element>,
  groups: Map<string, Element>,
): void {
  for (const [key, value] of values) group.getValuesMap().set(key, value as common.ConfigValue);
  for (const [key, policy] of policies) group.getPoliciesMap().set(key, policy as common.ConfigPolicy);
  for (const [key, subgroup] of groups) group.getGroupsMap().set(key, subgroup as common.ConfigGroup);
}
