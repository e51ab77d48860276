/** What changes in the channels of a network, and in the chaincodes on them. */
import { capabilityGroups, isLower, levelSince, lowestLevels } from "../contracts/capabilityLevels";
import type { ChaincodeDescription, ChannelDescription, NetworkDescription } from "../network/networkDescription";
import { added, changed, changedTogether, matched, named, nameOf, type NetworkChange, removed } from "./change";

/** Compares the channels of two states of a network. */
export function channelChanges(before: NetworkDescription, after: NetworkDescription): NetworkChange[] {
  const { come, gone, kept } = matched(before.channels, after.channels, nameOf);
  const subject = ({ name }: ChannelDescription): string => `channel ${name}`;
  const members = ({ organizations }: ChannelDescription): string => named("member", organizations);
  return [
    ...come.map((channel) =>
      added(subject(channel), members(channel), [
        "a genesis block is made once; all orderers join, and the members' peers",
      ]),
    ),
    ...gone.map((channel) =>
      removed(subject(channel), members(channel), [
        "only its management ends: orderers and peers stay joined and keep their ledgers, and a channel of that name in the " +
          "stack file takes it up again",
      ]),
    ),
    ...kept.flatMap(([old, now]) => changesOfChannel(subject(now), old, now, { before, after })),
  ];
}

function changesOfChannel(
  subject: string,
  old: ChannelDescription,
  now: ChannelDescription,
  { before, after }: { before: NetworkDescription; after: NetworkDescription },
): NetworkChange[] {
  // A member that comes or goes with its organization is reported there.
  const isKnown = ({ organizations }: NetworkDescription, member: string): boolean =>
    organizations.some(({ name }) => name === member);
  const come = now.organizations.filter((name) => !old.organizations.includes(name) && isKnown(before, name));
  const gone = old.organizations.filter((name) => !now.organizations.includes(name) && isKnown(after, name));
  return [
    ...come.map((name) =>
      added(`${subject}, member ${name}`, "", [
        "one configuration update, signed by all members; its peers join and fetch the ledger",
      ]),
    ),
    ...gone.map((name) => removed(`${subject}, member ${name}`, "", removalRefused([now.name], name))),
    ...changedTogether(
      subject,
      "batch",
      old.batch,
      now.batch,
      "one configuration update of the channel; nothing restarts",
    ),
    ...capabilityChanges(subject, old, now, before.fabricVersion !== after.fabricVersion),
  ];
}

/** @param isUpgrade - whether the nodes get another version of Fabric by the same change */
function capabilityChanges(
  subject: string,
  { capabilities: before = lowestLevels }: ChannelDescription,
  { capabilities: after = lowestLevels }: ChannelDescription,
  isUpgrade: boolean,
): NetworkChange[] {
  return capabilityGroups.flatMap((group) => {
    const [old, now] = [before[group], after[group]];
    const raised = [
      `one configuration update of the channel, once all its nodes run Fabric ${levelSince(group, now)} or newer; nothing restarts`,
      `it cannot be undone: from that block on, no node of an older version can ever serve the channel`,
      ...(isUpgrade ? ["do it in a second step: until then, the new version can prove itself"] : []),
    ];
    const consequences = isLower(group, now, old) ? ["the cluster refuses it: a level is never lowered"] : raised;
    return changed(subject, `${group} capability`, old, now, { consequences, loud: true });
  });
}

/** Compares the chaincodes of two states of a network. */
export function chaincodeChanges(before: NetworkDescription, after: NetworkDescription): NetworkChange[] {
  const { come, gone, kept } = matched(
    before.chaincodes,
    after.chaincodes,
    ({ channel, name }) => `${channel}.${name}`,
  );
  const subject = ({ name, channel }: ChaincodeDescription): string => `chaincode ${name} on ${channel}`;
  return [
    ...come.map((chaincode) =>
      added(subject(chaincode), `version ${chaincode.version}, endorsement policy ${chaincode.endorsementPolicy}`, [
        "installed on all peers of the channel, approved by every member and committed",
      ]),
    ),
    ...gone.map((chaincode) =>
      removed(subject(chaincode), `version ${chaincode.version}`, [
        "its servers stop, so that calls fail; the definition stays committed on the channel, and so does its state",
      ]),
    ),
    ...kept.flatMap(([old, now]) => changesOfChaincode(subject(now), old, now)),
  ];
}

function changesOfChaincode(subject: string, old: ChaincodeDescription, now: ChaincodeDescription): NetworkChange[] {
  const nextSequence = "approved by every member and committed as the next sequence";
  return [
    changed(subject, "version", old.version, now.version, {
      consequences: [
        `new servers start, the package is installed on all peers, ${nextSequence}; the old version serves until then`,
      ],
    }),
    changed(subject, "endorsement policy", old.endorsementPolicy, now.endorsementPolicy, {
      consequences: [`${nextSequence}; nothing is installed and nothing restarts`],
    }),
    changed(subject, "initRequired", old.initRequired, now.initRequired, { consequences: [nextSequence] }),
    changed(subject, "replicas", old.replicas, now.replicas, { consequences: [] }),
    changed(subject, "replicas at most", old.maxReplicas ?? "none", now.maxReplicas ?? "none", { consequences: [] }),
    changed(subject, "source", old.source, now.source, {
      consequences: old.version === now.version ? ["the servers of this version restart with the new image"] : [],
    }),
    changed(subject, "smoke test", old.smokeTest, now.smokeTest, { consequences: [] }),
  ].flat();
}

/** What follows from taking an organization out of channels. */
export const removalRefused = (channels: readonly string[], what: string): string[] =>
  channels.length === 0
    ? []
    : [
        `the controller does not remove ${what} from ${named("channel", channels)}: it changes nothing there and reports ` +
          "RemovalNotSupported, until it is put back or removed with Fabric's own tools",
      ];
