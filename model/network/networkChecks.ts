/**
 * Rules that span several fields of a network, which the schema alone cannot express. Pure functions over plain data.
 */
import { compareVersions } from "../../fabric/src/config/capabilities";
import {
  canEndorse,
  defaultEndorsementPolicy,
  mspIdsOf,
  parseEndorsementPolicy,
} from "../../fabric/src/endorsementPolicy";
import { capabilityGroups, levelSince } from "../contracts/capabilityLevels";
import { isSystemNamespace } from "../contracts/names";
import { didYouMean } from "../didYouMean";
import { inQuotes, listed } from "../messageText";
import { byteCount } from "../stackFile/fields";
import { type Finding, unknownName } from "../stackFile/findings";
import type { NetworkConfig } from "../stackFile/schema";
import { policiesOf } from "./channelPolicies";
import { checkKafkaOrdering } from "./kafkaChecks";
import { checkNames } from "./nameChecks";
import {
  allOrganizations,
  type ChannelPlan,
  isSameVersion,
  type NetworkPlan,
  type OrganizationPlan,
} from "./networkPlan";

/** What the checks found: errors refuse the network, warnings are shown. */
export interface Findings {
  errors: Finding[];
  warnings: Finding[];
}

/**
 * Checks a network as a whole.
 *
 * @param root - path of the network in its file, such as `baas:network`
 * @param config - what the user wrote, for the paths in the messages
 * @param plan - what was derived from it, for the composed names
 */
export function checkNetwork(root: string, config: NetworkConfig, plan: NetworkPlan): Findings {
  return {
    errors: [
      ...namespaceOf(root, config, plan),
      ...unknownMembers(root, config),
      ...repeatedMembers(root, config),
      ...batchSizes(root, config),
      ...capabilityVersions(root, config),
      ...checkKafkaOrdering(root, config),
      ...chaincodes(root, config, plan),
      ...checkNames(root, plan),
    ],
    warnings: consenters(root, config),
  };
}

function consenters(root: string, config: NetworkConfig): Finding[] {
  const { type, nodes } = config.ordering;
  if (type !== "etcdraft" || nodes % 2 === 1) return [];
  const survives = Math.floor((nodes - 1) / 2);
  return [
    {
      path: `${root}.ordering.nodes`,
      message: `${nodes} Raft consenters survive the loss of ${survives}, no more than ${nodes - 1} do: use an odd number`,
    },
  ];
}

/** The schema checks a given namespace. */
function namespaceOf(root: string, { namespace }: NetworkConfig, plan: NetworkPlan): Finding[] {
  if (namespace !== undefined || !isSystemNamespace(plan.namespace)) return [];
  const message = `is missing: without it the namespace is "${plan.namespace}", which is Kubernetes' own`;
  return [{ path: `${root}.namespace`, message }];
}

/** Refuses a member that is named twice. */
function repeatedMembers(root: string, { channels }: NetworkConfig): Finding[] {
  return channels.flatMap(({ organizations = [] }, i) => {
    const path = (index: number): string => `${root}.channels[${i}].organizations[${index}]`;
    const first = new Map<string, number>();
    return organizations.flatMap((name, j) => {
      const earlier = first.get(name);
      if (earlier !== undefined)
        return [{ path: path(j), message: `member ${inQuotes(name)} is taken by ${path(earlier)}` }];
      first.set(name, j);
      return [];
    });
  });
}

// A message of the nodes' gRPC servers has at most 100 MiB: Fabric's sampleconfig/configtx.yaml advises no more than 49.
const largestBatch = "49Mi";
// The channel's own configuration must fit, or it can never be changed again.
const smallestBatch = "256Ki";

/** What Fabric's orderers refuse: validateBatchSize in common/channelconfig/orderer.go. */
function batchSizes(root: string, { channels }: NetworkConfig): Finding[] {
  return channels.flatMap(({ batch }, i) => {
    const path = `${root}.channels[${i}].batch`;
    const [preferred, absolute] = [batch.preferredMaxBytes, batch.absoluteMaxBytes];
    if (byteCount(absolute) > byteCount(largestBatch) || byteCount(absolute) < byteCount(smallestBatch)) {
      const rule = `at least ${smallestBatch}, so that changes of the channel fit, and at most ${largestBatch}, which nodes can send`;
      return [{ path: `${path}.absoluteMaxBytes`, message: `"${absolute}" is not allowed: ${rule}` }];
    }
    if (byteCount(preferred) <= byteCount(absolute)) return [];
    const rule = `at most absoluteMaxBytes, which is ${absolute}`;
    return [{ path: `${path}.preferredMaxBytes`, message: `"${preferred}" is not allowed: ${rule}` }];
  });
}

/** Refuses a capability level that the network's nodes do not have: they would stop for good. */
function capabilityVersions(root: string, { channels, fabricVersion }: NetworkConfig): Finding[] {
  return channels.flatMap(({ capabilities }, i) =>
    capabilityGroups.flatMap((group) => {
      const since = levelSince(group, capabilities[group]);
      if (compareVersions(fabricVersion, since) >= 0) return [];
      const message = `${capabilities[group]} needs Fabric ${since} or newer, and ${root}.fabricVersion is ${fabricVersion}`;
      return [{ path: `${root}.channels[${i}].capabilities.${group}`, message }];
    }),
  );
}

function unknownMembers(root: string, config: NetworkConfig): Finding[] {
  const names = config.organizations.map((organization) => organization.name);
  return config.channels.flatMap((channel, i) =>
    (channel.organizations ?? []).flatMap((name, j) =>
      names.includes(name)
        ? []
        : [unknownName(`${root}.channels[${i}].organizations[${j}]`, "organization", name, names)],
    ),
  );
}

function chaincodes(root: string, config: NetworkConfig, plan: NetworkPlan): Finding[] {
  const channels = config.channels.map((channel) => channel.name);
  // If the members themselves are wrong, only that mistake is reported.
  const areMembersKnown = unknownMembers(root, config).length === 0;
  return config.chaincodes.flatMap((chaincode, i) => {
    const path = `${root}.chaincodes[${i}]`;
    const found: Finding[] = [];
    if ((chaincode.source === undefined) === (chaincode.image === undefined)) {
      found.push({ path, message: 'needs either "source", a folder with a Dockerfile, or "image"' });
    }
    if (chaincode.smokeTest !== undefined && chaincode.initRequired) {
      found.push({
        path: `${path}.smokeTest`,
        message: "cannot call Init, as no Gateway client can: leave out smokeTest or initRequired",
      });
    }
    found.push(...otherProgram(root, config, i));
    if (!channels.includes(chaincode.channel)) {
      found.push(unknownName(`${path}.channel`, "channel", chaincode.channel, channels));
    } else if (areMembersKnown) found.push(...endorsement(path, chaincode, plan));
    return found;
  });
}

type ChaincodeConfig = NetworkConfig["chaincodes"][number];

/** A version on several channels has one set of servers, and so one program. */
function otherProgram(root: string, { chaincodes: all }: NetworkConfig, i: number): Finding[] {
  const own = all[i]!;
  const first = all.findIndex((other) => isSameVersion(other, own));
  const programOf = ({ source, image }: ChaincodeConfig): string => source ?? image ?? "";
  const [program, firstProgram] = [programOf(own), programOf(all[first]!)];
  if (program === firstProgram || program === "" || firstProgram === "") return [];
  const message =
    `${inQuotes(program)} is another program than that of ${root}.chaincodes[${first}], ${inQuotes(firstProgram)}, which is version ` +
    `"${own.version}" of chaincode "${own.name}" too: give this one another version`;
  return [{ path: `${root}.chaincodes[${i}].${own.source === undefined ? "image" : "source"}`, message }];
}

function endorsement(
  path: string,
  { endorsementPolicy, channel: channelName }: ChaincodeConfig,
  plan: NetworkPlan,
): Finding[] {
  const place = `${path}.endorsementPolicy`;
  const channel = plan.channels.find(({ name }) => name === channelName)!;
  const policy = parseEndorsementPolicy(endorsementPolicy ?? defaultEndorsementPolicy);
  if ("error" in policy) return [];
  if (policy.type === "reference") {
    return referredPolicy(place, policy.path, channel, plan.ordering.organization);
  }
  const members = channel.organizations;
  const mspIds = members.map(({ mspId }) => mspId);
  const strangers = mspIdsOf(policy).filter((mspId) => !mspIds.includes(mspId));
  if (strangers.length > 0) {
    const all = allOrganizations(plan).map(({ mspId }) => mspId);
    return strangers.map((mspId) =>
      all.includes(mspId)
        ? {
            path: place,
            message: `${inQuotes(mspId)} is not a member of channel "${channel.name}".`,
            choices: `Members: ${listed(mspIds)}`,
          }
        : unknownName(place, "MSP ID", mspId, mspIds),
    );
  }
  if (canEndorse(policy, new Map(members.map(({ mspId, peers }) => [mspId, peers.length])))) return [];
  const have = listed(members.map(({ mspId, peers }) => `${mspId} has ${peers.length}`));
  const message =
    `${inQuotes(endorsementPolicy ?? "")} cannot hold, even if all peers of channel "${channel.name}" endorse ` +
    `(${have}): ask for fewer endorsements, for the role peer or member, or add peers`;
  return [{ path: place, message }];
}

/** Fabric would accept any path, and then every transaction would be invalid. */
function referredPolicy(place: string, policy: string, channel: ChannelPlan, orderers: OrganizationPlan): Finding[] {
  const policies = policiesOf(channel, orderers);
  if (policies.get(policy) === true) return [];
  const usable = [...policies].flatMap(([each, canHold]) => (canHold ? [each] : []));
  if (!policies.has(policy)) {
    const message = `channel "${channel.name}" has no policy ${inQuotes(policy)}.${didYouMean(policy, usable)}`;
    return [{ path: place, message, choices: `Peers can satisfy: ${listed(usable)}` }];
  }
  const message =
    `${inQuotes(policy)} cannot hold, as peers endorse, and it asks for others: ` +
    `write a signature policy, or one of ${listed(usable)}`;
  return [{ path: place, message }];
}
