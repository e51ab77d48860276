/** What changes between two states of a network in Fabric's own terms, each with its consequences. */
import { compareVersions, isOlderSeries } from "../../fabric/src/config/capabilities";
import type { NetworkDescription, OrderingDescription, OrganizationDescription } from "../network/networkDescription";
import { oneAfterAnother, ordererOutage, peerOutages } from "../rollout/rolls";
import { added, changed, count, matched, named, nameOf, type NetworkChange, removed } from "./change";
import { chaincodeChanges, channelChanges, removalRefused } from "./channelChanges";
import { gatewayChanges } from "./gatewayChanges";
import { policyChanges } from "./policyChanges";

/**
 * Compares two states of a network.
 *
 * @param before - absent for a network that is new
 * @param after - absent for one that is gone
 */
export function networkChanges(before?: NetworkDescription, after?: NetworkDescription): NetworkChange[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [added(`network ${after!.domain}`, summary(after!))];
  if (after === undefined) return [removed(`network ${before.domain}`, summary(before))];
  return [
    ...wholeChanges(before, after),
    ...organizationChanges(before, after),
    ...orderingChanges(before.ordering, after.ordering),
    ...channelChanges(before, after),
    ...chaincodeChanges(before, after),
    ...gatewayChanges(before.gateway, after.gateway),
    ...policyChanges(before.policies, after.policies),
  ];
}

/** Describes a whole network, for its addition or removal. */
function summary({ organizations, ordering, channels, chaincodes }: NetworkDescription): string {
  const peers = organizations.reduce((sum, organization) => sum + organization.peers, 0);
  return [
    named("organization", organizations.map(nameOf)),
    `${count(peers, "peer")}, ${count(ordering.nodes, "orderer")}`,
    ...(channels.length > 0 ? [named("channel", channels.map(nameOf))] : []),
    ...(chaincodes.length > 0 ? [named("chaincode", chaincodes.map(nameOf))] : []),
  ].join("; ");
}

function wholeChanges(before: NetworkDescription, after: NetworkDescription): NetworkChange[] {
  const subject = "network";
  return [
    changed(subject, "environment", before.environment, after.environment, {
      consequences: ["where the new one has another cluster, the network begins there anew: nothing is moved"],
      loud: true,
    }),
    changed(subject, "namespace", before.namespace, after.namespace, {
      consequences: [
        "the network begins anew in the new namespace, with empty ledgers; the old namespace and its volumes stay",
      ],
      loud: true,
    }),
    changed(subject, "domain", before.domain, after.domain, {
      consequences: ["every node gets another name and renews its certificates; clients must call the new names"],
      loud: true,
    }),
    changed(subject, "Fabric", before.fabricVersion, after.fabricVersion, {
      consequences: [
        `all peers and orderers restart with the new version, ${oneAfterAnother}; ledgers stay, and the channels' capabilities`,
        ...outages(after),
        ...versionConsequences(before.fabricVersion, after.fabricVersion),
      ],
      loud: true,
    }),
    changed(subject, "size", before.size, after.size, {
      consequences: [`other requests and limits: its nodes restart, ${oneAfterAnother}`, ...outages(after)],
      loud: true,
    }),
    changed(subject, "storage class", before.storageClass ?? "the default", after.storageClass ?? "the default", {
      consequences: [volumesStay],
    }),
  ].flat();
}

/** What a restart of every node interrupts. */
function outages({ ordering, organizations }: NetworkDescription): string[] {
  return [...ordererOutage(ordering.nodes, ordering.type), ...peerOutages(organizations)];
}

function versionConsequences(before: string, after: string): string[] {
  if (isOlderSeries(after, before))
    return ["the cluster refuses it: Fabric has no way back to an older release series"];
  if (isOlderSeries(before, after)) return ["there is no way back to the older release series"];
  return compareVersions(after, before) < 0
    ? ["an older patch release: ledgers are the same, and mistakes that were corrected are back"]
    : [];
}

const volumesGrow = "volumes that are there grow, while their nodes run on, if their storage class lets them";

const volumesStay = "volumes that are there stay as they are; it counts for new nodes only";

function organizationChanges(before: NetworkDescription, after: NetworkDescription): NetworkChange[] {
  const { come, gone, kept } = matched(before.organizations, after.organizations, nameOf);
  const renamed = renamedPairs(gone, come, before, after);
  const isRenamed = (one: OrganizationDescription): boolean => renamed.some((pair) => pair.includes(one));
  return [
    ...renamed.map(([old, now]) => renaming(old, now, before)),
    ...come.filter((one) => !isRenamed(one)).map((one) => addition(one, before, after)),
    ...gone.filter((one) => !isRenamed(one)).map((one) => removal(one, before)),
    ...kept.flatMap(([old, now]) => changesOf(old, now, after)),
  ];
}

/** Renamed organizations: they are at the same place in the list, and differ only in what is derived from the name. */
function renamedPairs(
  gone: readonly OrganizationDescription[],
  come: readonly OrganizationDescription[],
  before: NetworkDescription,
  after: NetworkDescription,
): [OrganizationDescription, OrganizationDescription][] {
  const settings = ({ name: _name, mspId: _mspId, ...rest }: OrganizationDescription): string => JSON.stringify(rest);
  return gone.flatMap((old) => {
    const now = come.find(
      (candidate) =>
        candidate.mspId === old.mspId ||
        (after.organizations.indexOf(candidate) === before.organizations.indexOf(old) &&
          settings(candidate) === settings(old)),
    );
    return now === undefined ? [] : [[old, now] as [OrganizationDescription, OrganizationDescription]];
  });
}

function nodesOf({ peers, stateDatabase, peerStorage }: OrganizationDescription): string {
  const database = stateDatabase === "couchdb" ? " with CouchDB" : "";
  return `${count(peers, "peer")}${database} (${peerStorage} each) and a CA`;
}

const membersOf = ({ channels }: NetworkDescription, organization: string): string[] =>
  channels.filter(({ organizations }) => organizations.includes(organization)).map(nameOf);

function addition(one: OrganizationDescription, before: NetworkDescription, after: NetworkDescription): NetworkChange {
  const channels = membersOf(after, one.name).filter((name) =>
    before.channels.some((channel) => channel.name === name),
  );
  const joining =
    `becomes a member of ${named("channel", channels)} by a configuration update, signed by all members; ` +
    "its peers fetch the ledger from block 0";
  return added(
    `organization ${one.name}`,
    `MSP ID ${one.mspId}; ${nodesOf(one)}`,
    channels.length === 0 ? [] : [joining],
  );
}

function removal(one: OrganizationDescription, before: NetworkDescription): NetworkChange {
  return removed(`organization ${one.name}`, `MSP ID ${one.mspId}; ${nodesOf(one)}`, [
    "its nodes stop; their volumes, and the Secrets that unlock its CA, stay until --purge",
    ...removalRefused(membersOf(before, one.name), one.mspId),
  ]);
}

function renaming(
  old: OrganizationDescription,
  now: OrganizationDescription,
  before: NetworkDescription,
): NetworkChange {
  const mspId = old.mspId === now.mspId ? `MSP ID stays ${old.mspId}` : `MSP ID ${old.mspId} -> ${now.mspId}`;
  return {
    action: "change",
    subject: `organization ${old.name}`,
    text: `name ${old.name} -> ${now.name}; ${mspId}`,
    consequences: [
      `for Fabric and Kubernetes this is another organization: ${nodesOf(now)} begin anew, with new keys and a new root`,
      `the nodes of ${old.name} stop; their volumes stay until --purge`,
      ...removalRefused(membersOf(before, old.name), old.name),
    ],
    loud: true,
  };
}

function changesOf(
  old: OrganizationDescription,
  now: OrganizationDescription,
  after: NetworkDescription,
): NetworkChange[] {
  const subject = `organization ${now.name}`;
  const peersGone = Array.from({ length: Math.max(0, old.peers - now.peers) }, (_, i) => `peer${now.peers + i}`);
  const joins = membersOf(after, now.name);
  return [
    changed(subject, "MSP ID", old.mspId, now.mspId, {
      consequences: ["the cluster refuses it: an MSP ID cannot change. Give the organization another name as well"],
      loud: true,
    }),
    changed(subject, "peers", old.peers, now.peers, {
      consequences:
        now.peers > old.peers
          ? [
              `${count(now.peers - old.peers, "new peer")}` +
                (joins.length > 0 ? ` to join ${named("channel", joins)} and fetch the ledger` : "") +
                "; no other peer restarts",
            ]
          : [`${peersGone.join(", ")} to stop; volumes and ledgers stay, and a peer of that name takes them up again`],
      loud: now.peers < old.peers,
    }),
    changed(subject, "state database", old.stateDatabase, now.stateDatabase, {
      consequences: ["Fabric does not support this for peers that have a ledger"],
      loud: true,
    }),
    storageChange(subject, "peerStorage", old.peerStorage, now.peerStorage),
    storageChange(subject, "caStorage", old.caStorage, now.caStorage),
    clientChanges(subject, old.clients, now.clients),
  ].flat();
}

function storageChange(subject: string, what: string, old: string, now: string): NetworkChange[] {
  const shrinks = bytes(now) < bytes(old);
  return changed(subject, what, old, now, {
    consequences: [shrinks ? "no volume shrinks: policy storage-never-shrinks refuses it" : volumesGrow],
    loud: shrinks,
  });
}

function bytes(size: string): number {
  const factors: Record<string, number> = { Mi: 1, Gi: 1024, Ti: 1024 * 1024 };
  return parseInt(size, 10) * (factors[size.slice(-2)] ?? 1);
}

function clientChanges(organization: string, old: readonly string[], now: readonly string[]): NetworkChange[] {
  const subject = (id: string): string => `${organization}, client ${id}`;
  return [
    ...now
      .filter((id) => !old.includes(id))
      .map((id) => added(subject(id), "an identity, with a Secret to enrol with")),
    ...old
      .filter((id) => !now.includes(id))
      .map((id) =>
        removed(subject(id), "its identity", [
          "nothing is revoked: the CA keeps it, and its certificates are good until they expire",
        ]),
      ),
  ];
}

function orderingChanges(old: OrderingDescription, now: OrderingDescription): NetworkChange[] {
  const subject = "ordering service";
  const gone = Math.max(0, old.nodes - now.nodes);
  return [
    changed(subject, "type", old.type, now.type, {
      consequences: ["the cluster refuses it on a channel that is there"],
      loud: true,
    }),
    changed(subject, "organization", old.organization, now.organization, {
      consequences: [
        "its nodes begin anew under other names, and the channels' orderers stop: the controller does not exchange " +
          "consenters, so that nothing is ordered any more",
      ],
      loud: true,
    }),
    changed(subject, "system channel", old.systemChannel ?? "none", now.systemChannel ?? "none", {
      consequences: ["the cluster refuses it: orderers keep the system channel that they began with"],
      loud: true,
    }),
    // Derived from the name, which the line above reports.
    old.organization === now.organization
      ? changed(subject, "MSP ID", old.mspId, now.mspId, {
          consequences: ["the cluster refuses it: an MSP ID cannot change"],
          loud: true,
        })
      : [],
    changed(subject, "orderers", old.nodes, now.nodes, {
      consequences:
        now.type === "kafka"
          ? kafkaOrderers(old.nodes, now.nodes)
          : gone === 0
            ? ["each new orderer becomes a consenter of every channel by a configuration update of its own"]
            : [
                "the controller does not remove consenters from a channel: it reports RemovalNotSupported and changes nothing there",
                `${count(gone, "consenter")} of ${old.nodes} away for good: ${majority(old.nodes, now.nodes)}`,
              ],
      loud: gone > 0,
    }),
    storageChange(subject, "storage", old.storage, now.storage),
    storageChange(subject, "caStorage", old.caStorage, now.caStorage),
  ].flat();
}

/** Orderers on Kafka do not agree among each other: each reads the same topics. */
function kafkaOrderers(before: number, after: number): string[] {
  if (after > before)
    return ["each new orderer reads all channels from Kafka; their endpoints follow by configuration updates"];
  return [
    `${count(before - after, "orderer")} to stop; volumes stay, and an orderer of that name takes them up again`,
    ...ordererOutage(after, "kafka"),
  ];
}

function majority(consenters: number, left: number): string {
  const quorum = Math.floor(consenters / 2) + 1;
  return left < quorum
    ? `${left} left are fewer than the ${quorum} that Raft needs, so that nothing is ordered any more`
    : `${left - quorum} more may fail before nothing is ordered any more`;
}
