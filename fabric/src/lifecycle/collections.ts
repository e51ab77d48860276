/**
 * Private data collections.
 *
 * Source: Fabric documentation, "Private data"; fabric-protos, peer/collection.proto.
 */
import { peer } from "@hyperledger/fabric-protos";

import { formatEndorsementPolicy, type SignaturePolicy } from "../endorsementPolicy";
import { invalidArgument } from "../errors";
import {
  fromApplicationPolicy,
  fromSignaturePolicyEnvelope,
  parsePolicy,
  toApplicationPolicy,
  toSignaturePolicyEnvelope,
} from "../signaturePolicy";

/** A private data collection, in the words of Fabric's collection definition. */
export interface Collection {
  name: string;
  /** Signature policy that says which organizations have the data, such as `OR('Org1MSP.member', 'Org2MSP.member')`. */
  policy: string;
  /** Peers that must have the data before the endorsement. Default 0. */
  requiredPeerCount?: number;
  /** Most peers that an endorsing peer sends the data to. Default 1. */
  maxPeerCount?: number;
  /** Blocks until the data is deleted; 0, the default, for never. */
  blockToLive?: number;
  /** Whether chaincode reads for members only. Default: true. */
  memberOnlyRead?: boolean;
  /** Whether chaincode writes for members only. Default: true. */
  memberOnlyWrite?: boolean;
  /** Endorsement policy of its keys, instead of the chaincode's. */
  endorsementPolicy?: string;
}

/**
 * Collections as protobuf.
 *
 * @throws FabricError `INVALID_ARGUMENT` if a policy does not parse
 */
export function toCollections(collections: Collection[]): peer.CollectionConfigPackage {
  const made = new peer.CollectionConfigPackage();
  made.setConfigList(collections.map(toCollection));
  return made;
}

/** The collections that protobuf holds; the opposite of {@link toCollections}. */
export function fromCollections(collections: peer.CollectionConfigPackage | undefined): Collection[] {
  return (collections?.getConfigList() ?? []).map(fromCollection);
}

/** Whether two lists of collections agree; their order counts, as it does to peers. */
export function collectionsEqual(a: Collection[], b: Collection[]): boolean {
  const bytes = (list: Collection[]) => Buffer.from(toCollections(list).serializeBinary());
  return bytes(a).equals(bytes(b));
}

function toCollection(collection: Collection): peer.CollectionConfig {
  const policy = parsePolicy(collection.policy);
  if (policy.type === "reference") {
    throw invalidArgument(`describing collection ${collection.name}`, "its policy names no organizations");
  }
  const members = new peer.CollectionPolicyConfig();
  members.setSignaturePolicy(toSignaturePolicyEnvelope(policy satisfies SignaturePolicy));
  const config = new peer.StaticCollectionConfig();
  config.setName(collection.name);
  config.setMemberOrgsPolicy(members);
  config.setRequiredPeerCount(collection.requiredPeerCount ?? 0);
  config.setMaximumPeerCount(collection.maxPeerCount ?? 1);
  config.setBlockToLive(collection.blockToLive ?? 0);
  config.setMemberOnlyRead(collection.memberOnlyRead ?? true);
  config.setMemberOnlyWrite(collection.memberOnlyWrite ?? true);
  if (collection.endorsementPolicy !== undefined) {
    config.setEndorsementPolicy(
      peer.ApplicationPolicy.deserializeBinary(toApplicationPolicy(collection.endorsementPolicy)),
    );
  }
  const made = new peer.CollectionConfig();
  made.setStaticCollectionConfig(config);
  return made;
}

function fromCollection(made: peer.CollectionConfig): Collection {
  const config = made.getStaticCollectionConfig()!;
  const endorsement = config.getEndorsementPolicy();
  return {
    name: config.getName(),
    policy: formatEndorsementPolicy(fromSignaturePolicyEnvelope(config.getMemberOrgsPolicy()!.getSignaturePolicy()!)),
    requiredPeerCount: config.getRequiredPeerCount(),
    maxPeerCount: config.getMaximumPeerCount(),
    blockToLive: config.getBlockToLive(),
    memberOnlyRead: config.getMemberOnlyRead(),
    memberOnlyWrite: config.getMemberOnlyWrite(),
    ...(endorsement === undefined
      ? {}
      : { endorsementPolicy: formatEndorsementPolicy(fromApplicationPolicy(endorsement.serializeBinary())) }),
  };
}
