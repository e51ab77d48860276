/** Values of a channel's configuration: plain data to protobuf. Their opposites are in describe.ts. */
import { common, orderer, peer } from "@hyperledger/fabric-protos";

import { invalidArgument } from "../errors";
import type {
  BatchDescription,
  Consensus,
  Consenter,
  EtcdraftConsensus,
  EtcdraftOptions,
  HostPort,
} from "./description";
import { canonicalDuration, durationMilliseconds } from "./duration";
import { certificateBytes } from "./msp";

/** Raft options that Fabric's sample configuration has, and its documentation advises. */
export const etcdraftDefaults: EtcdraftOptions = {
  tickInterval: "500ms",
  electionTick: 10,
  heartbeatTick: 1,
  maxInflightBlocks: 5,
  snapshotIntervalSize: 16 * 1024 * 1024,
};

/** Fabric's configuration has sizes and counts in 32 bits; protobuf refuses larger ones without saying which. */
const largestUint32 = 2 ** 32 - 1;

/** `Capabilities`: what a node must support to take part. */
export function capabilitiesValue(names: string[]): common.Capabilities {
  const capabilities = new common.Capabilities();
  for (const name of names) capabilities.getCapabilitiesMap().set(name, new common.Capability());
  return capabilities;
}

/** `BatchSize`, of the `Orderer` group. */
export function batchSizeValue(batch: Omit<BatchDescription, "timeout">): orderer.BatchSize {
  const step = "describing when a block is cut";
  if (!(batch.maxMessages > 0)) throw invalidArgument(step, "maxMessages is at least 1");
  if (!(batch.preferredMaxBytes > 0 && batch.preferredMaxBytes <= batch.absoluteMaxBytes)) {
    throw invalidArgument(step, "preferredMaxBytes is at least 1 and at most absoluteMaxBytes");
  }
  for (const name of ["maxMessages", "absoluteMaxBytes"] as const) {
    if (batch[name] > largestUint32) throw invalidArgument(step, `${name} is at most ${largestUint32}`);
  }
  const size = new orderer.BatchSize();
  size.setMaxMessageCount(batch.maxMessages);
  size.setAbsoluteMaxBytes(batch.absoluteMaxBytes);
  size.setPreferredMaxBytes(batch.preferredMaxBytes);
  return size;
}

/** `BatchTimeout`, of the `Orderer` group. */
export function batchTimeoutValue(timeout: string): orderer.BatchTimeout {
  if (durationMilliseconds(timeout) <= 0) {
    throw invalidArgument("describing when a block is cut", "the timeout is longer than nothing");
  }
  const value = new orderer.BatchTimeout();
  value.setTimeout(canonicalDuration(timeout));
  return value;
}

/** `ConsensusType`, of the `Orderer` group, with the consenters of Raft. */
export function consensusTypeValue(consensus: Consensus): orderer.ConsensusType {
  const value = new orderer.ConsensusType();
  value.setType(consensus.type);
  if (consensus.type === "etcdraft") value.setMetadata(etcdraftMetadata(consensus).serializeBinary());
  return value;
}

/** `KafkaBrokers`, of the `Orderer` group: `host:port` each. */
export function kafkaBrokersValue(brokers: string[]): orderer.KafkaBrokers {
  const step = "describing the Kafka ordering service";
  if (brokers.length === 0) throw invalidArgument(step, "it has no broker");
  for (const broker of brokers) {
    const colon = broker.lastIndexOf(":");
    checkHostPort({ host: broker.slice(0, Math.max(0, colon)), port: Number(broker.slice(colon + 1)) }, step, broker);
  }
  const value = new orderer.KafkaBrokers();
  value.setBrokersList(brokers);
  return value;
}

/** `Consortium` of an application channel: the one that it was made from. */
export function consortiumValue(name: string): common.Consortium {
  const value = new common.Consortium();
  value.setName(name);
  return value;
}

function etcdraftMetadata(consensus: EtcdraftConsensus): orderer.etcdraft.ConfigMetadata {
  const described = { ...etcdraftDefaults, ...consensus.options };
  const step = "describing the Raft ordering service";
  if (consensus.consenters.length === 0) throw invalidArgument(step, "it has no consenter");
  if (described.electionTick <= described.heartbeatTick) {
    throw invalidArgument(step, "electionTick is not greater than heartbeatTick", "Ten times as much is usual.");
  }
  const options = new orderer.etcdraft.Options();
  options.setTickInterval(described.tickInterval);
  options.setElectionTick(described.electionTick);
  options.setHeartbeatTick(described.heartbeatTick);
  options.setMaxInflightBlocks(described.maxInflightBlocks);
  options.setSnapshotIntervalSize(described.snapshotIntervalSize);
  const metadata = new orderer.etcdraft.ConfigMetadata();
  metadata.setConsentersList(consensus.consenters.map((consenter) => toConsenter(consenter, step)));
  metadata.setOptions(options);
  return metadata;
}

function toConsenter(described: Consenter, step: string): orderer.etcdraft.Consenter {
  const consenter = new orderer.etcdraft.Consenter();
  const name = checkHostPort(described, step);
  consenter.setHost(described.host);
  consenter.setPort(described.port);
  consenter.setClientTlsCert(certificateBytes(described.clientTlsCertificate, step, `client certificate of ${name}`));
  consenter.setServerTlsCert(certificateBytes(described.serverTlsCertificate, step, `server certificate of ${name}`));
  return consenter;
}

/** `ChannelRestrictions`, of the `Orderer` group. */
export function channelRestrictionsValue(maxChannels: number): orderer.ChannelRestrictions {
  const restrictions = new orderer.ChannelRestrictions();
  restrictions.setMaxCount(maxChannels);
  return restrictions;
}

/** `Endpoints` of an orderer organization: `host:port` each. */
export function addressesValue(addresses: string[]): common.OrdererAddresses {
  const value = new common.OrdererAddresses();
  value.setAddressesList(addresses);
  return value;
}

/** `AnchorPeers` of a member. */
export function anchorPeersValue(anchors: HostPort[]): peer.AnchorPeers {
  const value = new peer.AnchorPeers();
  value.setAnchorPeersList(
    anchors.map((described) => {
      const anchor = new peer.AnchorPeer();
      checkHostPort(described, "describing an anchor peer");
      anchor.setHost(described.host);
      anchor.setPort(described.port);
      return anchor;
    }),
  );
  return value;
}

/** `ACLs`, of the `Application` group: paths of policies by resource. */
export function aclsValue(acls: Record<string, string>): peer.ACLs {
  const value = new peer.ACLs();
  for (const [name, path] of Object.entries(acls)) {
    const resource = new peer.APIResource();
    resource.setPolicyRef(path);
    value.getAclsMap().set(name, resource);
  }
  return value;
}

/** `HashingAlgorithm` of a channel; there is one. */
export function hashingAlgorithmValue(): common.HashingAlgorithm {
  const value = new common.HashingAlgorithm();
  value.setName("SHA256");
  return value;
}

/** `BlockDataHashingStructure` of a channel; there is one. */
export function blockDataHashingStructureValue(): common.BlockDataHashingStructure {
  const value = new common.BlockDataHashingStructure();
  // The only width there is: a block's transactions are hashed as one.
  value.setWidth(0xffffffff);
  return value;
}

function checkHostPort({ host, port }: HostPort, step: string, name = `${host}:${port}`): string {
  if (host === "" || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw invalidArgument(step, `"${name}" is not a host and a port from 1 to 65535`);
  }
  return name;
}
