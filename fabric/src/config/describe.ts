/** The description of a channel from its configuration; the opposite of channelGroup.ts. */
import { common, orderer, peer } from "@hyperledger/fabric-protos";

import { invalidArgument } from "../errors";
import type {
  ApplicationDescription,
  ApplicationOrganization,
  BatchDescription,
  ChannelDescription,
  Consensus,
  Consenter,
  ConsortiumDescription,
  EtcdraftConsensus,
  HostPort,
  OrdererDescription,
  OrdererOrganization,
  Policies,
  SystemChannelDescription,
} from "./description";
import { getValue, keys } from "./group";
import { fromMspConfig } from "./msp";
import { fromPolicy } from "./policies";

/**
 * Describes an application channel. Building a channel from the description gives an equal configuration; versions and
 * mod_policies other than `Admins` are not in it.
 *
 * @param config - as read from a configuration block
 * @throws FabricError `INVALID_ARGUMENT` if it is not that of an application channel ordered by Raft or Kafka
 */
export function describeChannel(config: common.Config): ChannelDescription {
  const root = channelGroup(config);
  return {
    orderer: describeOrderer(subgroup(root, "Orderer")),
    application: describeApplication(subgroup(root, "Application")),
    capabilities: capabilities(root),
    policies: policies(root),
  };
}

/**
 * Describes a system channel.
 *
 * @param config - as read from a configuration block
 * @throws FabricError `INVALID_ARGUMENT` if it is not that of a system channel
 */
export function describeSystemChannel(config: common.Config): SystemChannelDescription {
  const root = channelGroup(config);
  const consortiums = subgroup(root, "Consortiums").getGroupsMap();
  return {
    orderer: describeOrderer(subgroup(root, "Orderer")),
    consortiums: keys(consortiums).map((name) => describeConsortium(name, consortiums.get(name)!)),
    capabilities: capabilities(root),
    policies: policies(root),
  };
}

function describeConsortium(name: string, group: common.ConfigGroup): ConsortiumDescription {
  return {
    name,
    organizations: organizations(group, describeApplicationOrganization),
    channelCreationPolicy: fromPolicy(common.Policy.deserializeBinary(required(group, "ChannelCreationPolicy"))),
  };
}

/** The Raft consenters of an ordering service; none of Kafka's. */
export function consentersOf({ consensus }: OrdererDescription): Consenter[] {
  return consensus.type === "etcdraft" ? consensus.consenters : [];
}

/** The root group of a configuration. */
export function channelGroup(config: common.Config): common.ConfigGroup {
  const root = config.getChannelGroup();
  if (root === undefined) throw invalidArgument(step, "it has no channel group");
  return root;
}

/** A group within a group, or an error that names what is missing. */
export function subgroup(group: common.ConfigGroup, name: string): common.ConfigGroup {
  const found = group.getGroupsMap().get(name);
  if (found === undefined) throw invalidArgument(step, `it has no group "${name}"`);
  return found;
}

/** The `Application` group. */
export function describeApplication(group: common.ConfigGroup): ApplicationDescription {
  const acls = getValue(group, "ACLs");
  return {
    organizations: organizations(group, (name, member) => describeApplicationOrganization(name, member)),
    capabilities: capabilities(group),
    policies: policies(group),
    ...(acls === undefined ? {} : { acls: describeAcls(acls) }),
  };
}

/** A member's group. */
export function describeApplicationOrganization(name: string, group: common.ConfigGroup): ApplicationOrganization {
  const anchors = getValue(group, "AnchorPeers");
  return {
    name,
    msp: fromMspConfig(required(group, "MSP")),
    policies: policies(group),
    ...(anchors === undefined ? {} : { anchorPeers: describeAnchorPeers(anchors) }),
  };
}

/** The `Orderer` group. */
export function describeOrderer(group: common.ConfigGroup): OrdererDescription {
  const restrictions = orderer.ChannelRestrictions.deserializeBinary(
    getValue(group, "ChannelRestrictions") ?? new Uint8Array(),
  );
  return {
    consensus: describeConsensus(group),
    batch: describeBatch(group),
    organizations: organizations(group, describeOrdererOrganization),
    capabilities: capabilities(group),
    policies: policies(group),
    maxChannels: restrictions.getMaxCount(),
  };
}

/** When blocks are cut, from the `Orderer` group. */
export function describeBatch(group: common.ConfigGroup): BatchDescription {
  const size = orderer.BatchSize.deserializeBinary(required(group, "BatchSize"));
  return {
    timeout: orderer.BatchTimeout.deserializeBinary(required(group, "BatchTimeout")).getTimeout(),
    maxMessages: size.getMaxMessageCount(),
    absoluteMaxBytes: size.getAbsoluteMaxBytes(),
    preferredMaxBytes: size.getPreferredMaxBytes(),
  };
}

/** How a channel is ordered, from the `Orderer` group. */
export function describeConsensus(group: common.ConfigGroup): Consensus {
  const consensus = orderer.ConsensusType.deserializeBinary(required(group, "ConsensusType"));
  const type = consensus.getType();
  if (type === "etcdraft") return describeEtcdraft(consensus.getMetadata_asU8());
  if (type !== "kafka") throw invalidArgument(step, `channels ordered by ${type} have no description yet`);
  const brokers = orderer.KafkaBrokers.deserializeBinary(required(group, "KafkaBrokers"));
  return { type, brokers: brokers.getBrokersList() };
}

function describeEtcdraft(bytes: Uint8Array): EtcdraftConsensus {
  const metadata = orderer.etcdraft.ConfigMetadata.deserializeBinary(bytes);
  const options = metadata.getOptions();
  return {
    type: "etcdraft",
    consenters: metadata.getConsentersList().map((consenter) => ({
      host: consenter.getHost(),
      port: consenter.getPort(),
      clientTlsCertificate: Buffer.from(consenter.getClientTlsCert_asU8()).toString(),
      serverTlsCertificate: Buffer.from(consenter.getServerTlsCert_asU8()).toString(),
    })),
    ...(options === undefined
      ? {}
      : {
          options: {
            tickInterval: options.getTickInterval(),
            electionTick: options.getElectionTick(),
            heartbeatTick: options.getHeartbeatTick(),
            maxInflightBlocks: options.getMaxInflightBlocks(),
            snapshotIntervalSize: options.getSnapshotIntervalSize(),
          },
        }),
  };
}

/** Anchor peers, from the value `AnchorPeers`. */
export function describeAnchorPeers(bytes: Uint8Array): HostPort[] {
  return peer.AnchorPeers.deserializeBinary(bytes)
    .getAnchorPeersList()
    .map((anchor) => ({ host: anchor.getHost(), port: anchor.getPort() }));
}

const step = "describing a channel";

function describeOrdererOrganization(name: string, group: common.ConfigGroup): OrdererOrganization {
  const endpoints = common.OrdererAddresses.deserializeBinary(getValue(group, "Endpoints") ?? new Uint8Array());
  return {
    name,
    msp: fromMspConfig(required(group, "MSP")),
    policies: policies(group),
    endpoints: endpoints.getAddressesList(),
  };
}

function describeAcls(bytes: Uint8Array): Record<string, string> {
  const acls = peer.ACLs.deserializeBinary(bytes).getAclsMap();
  return Object.fromEntries(keys(acls).map((name) => [name, acls.get(name)!.getPolicyRef()]));
}

function organizations<T>(group: common.ConfigGroup, describe: (name: string, group: common.ConfigGroup) => T): T[] {
  const groups = group.getGroupsMap();
  return keys(groups).map((name) => describe(name, groups.get(name)!));
}

function policies(group: common.ConfigGroup): Policies {
  const map = group.getPoliciesMap();
  return Object.fromEntries(keys(map).map((name) => [name, fromPolicy(map.get(name)!.getPolicy()!)]));
}

function capabilities(group: common.ConfigGroup): string[] {
  const value = common.Capabilities.deserializeBinary(getValue(group, "Capabilities") ?? new Uint8Array());
  return keys(value.getCapabilitiesMap());
}

function required(group: common.ConfigGroup, key: string): Uint8Array {
  const value = getValue(group, key);
  if (value === undefined) throw invalidArgument(step, `it has no value "${key}"`);
  return value;
}
