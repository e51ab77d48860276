/** What changes in the channels of a network, and in the chaincodes on them. */
import type { ChaincodeDescription, ChannelDescription, NetworkDescription } from "../../../model/network/description";
import { changed, matched, named, nameOf, type NetworkChange } from "./networkChange";

/** Compares the channels of two states of a network. */
export function channelChanges(before: NetworkDescription, after: NetworkDescription): NetworkChange[] {
  const { added, removed, kept } = matched(before.channels, after.channels, nameOf);
  return [
    ...added.map((channel): NetworkChange => ({
      action: "add",
      subject: `channel ${channel.name}`,
      text: named("member", channel.organizations),
      consequences: ["a genesis block is made once; all orderers join, and the members' peers"],
      loud: false,
    })),
    ...removed.map((channel): NetworkChange => ({
      action: "remove",
      subject: `channel ${channel.name}`,
      text: named("member", channel.organizations),
      consequences: [
        "only its management ends: orderers and peers stay joined and keep their ledgers, and a channel of that name in the " +
          "stack file takes it up again",
      ],
      loud: true,
    })),
    ...kept.flatMap(([old, now]) => changesOfChannel(old, now, before, after)),
  ];
}

function changesOfChannel(
  old: ChannelDescription,
  now: ChannelDescription,
  before: NetworkDescription,
  after: NetworkDescription,
): NetworkChange[] {
  const subject = `channel ${now.name}`;
  // What comes and goes with its organization is told there.
  const comes = now.organizations.filter(
    (name) => !old.organizations.includes(name) && before.organizations.some((one) => one.name === name),
  );
  const goes = old.organizations.filter(
    (name) => !now.organizations.includes(name) && after.organizations.some((one) => one.name === name),
  );
  const batch = Object.keys({ ...old.batch, ...now.batch }).filter((key) => old.batch[key] !== now.batch[key]);
  return [
    ...comes.map((name): NetworkChange => ({
      action: "add",
      subject: `${subject}, member ${name}`,
      text: "",
      consequences: ["one configuration update, signed by all members; its peers join and fetch the ledger"],
      loud: false,
    })),
    ...goes.map((name): NetworkChange => ({
      action: "remove",
      subject: `${subject}, member ${name}`,
      text: "",
      consequences: removalRefused([now.name], name),
      loud: true,
    })),
    ...(batch.length === 0
      ? []
      : [
          {
            action: "change" as const,
            subject,
            text: `batch ${batch.map((key) => `${key} ${old.batch[key]} -> ${now.batch[key]}`).join(", ")}`,
            consequences: ["one configuration update of the channel; nothing restarts"],
            loud: false,
          },
        ]),
  ];
}

/** Compares the chaincodes of two states of a network. */
export function chaincodeChanges(before: NetworkDescription, after: NetworkDescription): NetworkChange[] {
  const { added, removed, kept } = matched(
    before.chaincodes,
    after.chaincodes,
    ({ channel, name }) => `${channel}.${name}`,
  );
  const subject = ({ name, channel }: ChaincodeDescription): string => `chaincode ${name} on ${channel}`;
  return [
    ...added.map((chaincode): NetworkChange => ({
      action: "add",
      subject: subject(chaincode),
      text: `version ${chaincode.version}, endorsement policy ${chaincode.endorsementPolicy}`,
      consequences: ["installed on all peers of the channel, approved by every member and committed"],
      loud: false,
    })),
    ...removed.map((chaincode): NetworkChange => ({
      action: "remove",
      subject: subject(chaincode),
      text: `version ${chaincode.version}`,
      consequences: [
        "its servers stop, so that calls fail; the definition stays committed on the channel, and so does its state",
      ],
      loud: true,
    })),
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
    changed(subject, "source", old.source, now.source, {
      consequences: old.version === now.version ? ["the servers of this version restart with the new image"] : [],
    }),
    changed(subject, "smoke test", old.smokeTest, now.smokeTest, { consequences: [] }),
  ].flat();
}

/** What follows from taking an organization out of channels. */
export const removalRefused = (channels: string[], what: string): string[] =>
  channels.length === 0
    ? []
    : [
        `the controller does not take ${what} out of ${named("channel", channels)}: it changes nothing there and says ` +
          "RemovalNotSupported, until it is put back or taken out with Fabric's own tools",
      ];
