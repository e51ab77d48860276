/**
 * What a network may have at most. A few lines can describe more nodes than a cluster holds, and whoever reads the file would
 * work on all of them, so the network is refused before anything is derived from it.
 */
import type { Finding } from "../stackFile/findings";
import type { NetworkConfig } from "../stackFile/schema";

/**
 * Limits of one network. A network of 60 organizations with two peers each, five chaincodes on a channel of all of them, and
 * 100 more channels stays below.
 */
export const networkLimits = {
  /** Peers of all organizations. */
  peers: 200,
  /** Client identities of all organizations. */
  clients: 1000,
  channels: 200,
  /** Entries of `chaincodes`. */
  chaincodes: 200,
  /** Deployments of chaincode: each version has one for each organization on its channels. */
  chaincodeServers: 400,
};

/**
 * Checks the size of a network by its configuration alone, in a time by the length of its file.
 *
 * @param root - path of the network in its file, such as `baas:network`
 */
export function checkSize(root: string, config: NetworkConfig): Finding[] {
  const { organizations, channels, chaincodes } = config;
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  const most = (path: string, count: number, limit: number, what: string, remedy: string): Finding[] =>
    count <= limit
      ? []
      : [{ path: `${root}.${path}`, message: `${count} ${what}; a network has at most ${limit}: ${remedy}` }];
  const split = "or describe several networks, each in a stack file of its own";
  const found = [
    ...most(
      "organizations",
      sum(organizations.map(({ peers }) => peers)),
      networkLimits.peers,
      "peers of all organizations",
      `write fewer peers, ${split}`,
    ),
    ...most(
      "organizations",
      sum(organizations.map(({ clients }) => clients.length)),
      networkLimits.clients,
      "clients of all organizations",
      "write fewer, and register further ones at the organization's certificate authority",
    ),
    ...most("channels", channels.length, networkLimits.channels, "channels", `write fewer, ${split}`),
    ...most("chaincodes", chaincodes.length, networkLimits.chaincodes, "chaincodes", `write fewer, ${split}`),
  ];
  if (found.length > 0) return found;
  return most(
    "chaincodes",
    chaincodeServers(config),
    networkLimits.chaincodeServers,
    "chaincode servers (each version has one for each organization on its channels)",
    `write fewer chaincodes, or channels with fewer members, ${split}`,
  );
}

function chaincodeServers({ organizations, channels, chaincodes }: NetworkConfig): number {
  const all = organizations.map(({ name }) => name);
  const membersOf = new Map(
    channels.map((channel) => {
      const members = new Set(channel.organizations ?? all);
      return [channel.name, all.filter((name) => members.has(name))];
    }),
  );
  const servers = chaincodes.flatMap(({ name, version, channel }) =>
    (membersOf.get(channel) ?? []).map((member) => JSON.stringify([name, version, member])),
  );
  return new Set(servers).size;
}
