/**
 * Changes to a channel's configuration. Each takes a configuration and changes it in place: what it already says stays byte
 * for byte, so that an edit that changes nothing makes no update.
 */
import type { common } from "@hyperledger/fabric-protos";
import type { Message } from "google-protobuf";

import { invalidArgument } from "../errors";
import { type CapabilityGroup, capabilitySince } from "./capabilities";
import { toApplicationOrganizationGroup } from "./channelGroup";
import { channelGroup, describeBatch, describeConsensus, subgroup } from "./describe";
import type {
  ApplicationOrganization,
  BatchDescription,
  Consenter,
  EtcdraftOptions,
  HostPort,
  MspDescription,
  OrganizationDescription,
  Policies,
} from "./description";
import { getValue, newPolicy, setValue } from "./group";
import { toMspConfig } from "./msp";
import { toPolicy } from "./policies";
import * as value from "./values";

/** A change to a configuration, in place. */
export type ConfigEdit = (config: common.Config) => void;

/** Adds a member, or does nothing if one of that name is there. Signed by a majority of the members' administrators. */
export function addOrganization(organization: ApplicationOrganization): ConfigEdit {
  return (config) => {
    const members = subgroup(channelGroup(config), "Application").getGroupsMap();
    if (!members.has(organization.name)) members.set(organization.name, toApplicationOrganizationGroup(organization));
  };
}

/**
 * Adds an organization to a consortium of a system channel, or does nothing if one of that name is there. Channels that are made
 * afterwards may have it as a member. Signed by the orderer organizations' administrators.
 */
export function addToConsortium(consortium: string, organization: OrganizationDescription): ConfigEdit {
  return (config) => {
    const group = subgroup(subgroup(channelGroup(config), "Consortiums"), consortium).getGroupsMap();
    if (!group.has(organization.name)) group.set(organization.name, toApplicationOrganizationGroup(organization));
  };
}

/** Removes a member, or does nothing if there is none of that name. Its peers stay as they are, and get no more blocks. */
export function removeOrganization(name: string): ConfigEdit {
  return (config) => {
    subgroup(channelGroup(config), "Application").getGroupsMap().del(name);
  };
}

/** Sets the anchor peers of a member; an empty list removes them. Signed by that member's administrator. */
export function setAnchorPeers(organization: string, anchors: HostPort[]): ConfigEdit {
  return (config) => {
    const member = subgroup(subgroup(channelGroup(config), "Application"), organization);
    if (anchors.length === 0) member.getValuesMap().del("AnchorPeers");
    else set(member, "AnchorPeers", value.anchorPeersValue(anchors));
  };
}

/** Sets the MSP of a member or an orderer organization, such as one with a renewed root certificate. */
export function setMsp(where: "Application" | "Orderer", organization: string, msp: MspDescription): ConfigEdit {
  return (config) => {
    set(subgroup(subgroup(channelGroup(config), where), organization), "MSP", toMspConfig(msp));
  };
}

/**
 * Sets what nodes must support to take part. It cannot be undone: a node without a capability can never read past the block
 * that asked for it, whatever later blocks say. Change one group at a time, the orderers' first, once all nodes support it.
 *
 * The group `orderer` is signed by the orderer organizations' administrators, `application` by the members', and `channel`
 * by both.
 *
 * @param names - usually one: the highest level includes those below
 * @throws FabricError `INVALID_ARGUMENT` for a capability that no version of Fabric has: orderers would take an unknown one of the
 *   application, and every peer of the channel would stop for good
 */
export function setCapabilities(group: CapabilityGroup, names: string[]): ConfigEdit {
  for (const name of names) {
    if (capabilitySince(group, name) !== undefined) continue;
    throw invalidArgument("setting capabilities", `no version of Fabric has the ${group} capability "${name}"`);
  }
  return (config) => {
    const root = channelGroup(config);
    const owner = group === "channel" ? root : subgroup(root, group === "orderer" ? "Orderer" : "Application");
    set(owner, "Capabilities", value.capabilitiesValue(names));
  };
}

/** Sets when blocks are cut; what is not named stays. Signed by the orderer organizations' administrators. */
export function setBatch(batch: Partial<BatchDescription>): ConfigEdit {
  return (config) => {
    const group = subgroup(channelGroup(config), "Orderer");
    const wanted = { ...describeBatch(group), ...batch };
    set(group, "BatchSize", value.batchSizeValue(wanted));
    set(group, "BatchTimeout", value.batchTimeoutValue(wanted.timeout));
  };
}

/** Sets the endpoints of an organization's orderers, for peers and clients. */
export function setOrdererEndpoints(organization: string, endpoints: string[]): ConfigEdit {
  return (config) => {
    const group = subgroup(subgroup(channelGroup(config), "Orderer"), organization);
    set(group, "Endpoints", value.addressesValue(endpoints));
  };
}

/**
 * Sets the Raft consenters. Orderers take one change at a time: add or remove one, wait for it, then the next.
 *
 * @param options - Raft options that change too
 */
export function setConsenters(consenters: Consenter[], options: Partial<EtcdraftOptions> = {}): ConfigEdit {
  return (config) => {
    const group = subgroup(channelGroup(config), "Orderer");
    const described = describeConsensus(group);
    if (described.type !== "etcdraft") {
      throw invalidArgument("setting the consenters", `the channel is ordered by ${described.type}, which has none`);
    }
    const wanted = { ...described, consenters, options: { ...described.options, ...options } };
    set(group, "ConsensusType", value.consensusTypeValue(wanted));
  };
}

/** Sets the access control lists of the applications; what is not named falls back to Fabric's defaults. */
export function setAcls(acls: Record<string, string>): ConfigEdit {
  return (config) => {
    const group = subgroup(channelGroup(config), "Application");
    if (Object.keys(acls).length === 0) group.getValuesMap().del("ACLs");
    else set(group, "ACLs", value.aclsValue(acls));
  };
}

/**
 * Sets policies of a group; others stay.
 *
 * @param path - names of the groups from the root, such as `["Application", "org1"]`; `[]` for the channel itself
 */
export function setPolicies(path: string[], policies: Policies): ConfigEdit {
  return (config) => {
    const group = path.reduce(subgroup, channelGroup(config));
    for (const [name, source] of Object.entries(policies)) {
      const existing = group.getPoliciesMap().get(name);
      if (existing === undefined) group.getPoliciesMap().set(name, newPolicy(source));
      else existing.setPolicy(toPolicy(source));
    }
  };
}

/** Sets a value unless it says the same already; maps may be written in any order. */
function set(group: common.ConfigGroup, key: string, message: Message): void {
  const current = getValue(group, key);
  if (current !== undefined) {
    const type = message.constructor as typeof Message;
    const canonical = type.deserializeBinary(current).serializeBinary();
    if (Buffer.from(canonical).equals(message.serializeBinary())) return;
  }
  setValue(group, key, message);
}
