/** The policies in a channel's configuration that an endorsement policy may refer to. */
import {
  applicationOrganizationPolicies,
  applicationPolicies,
  channelPolicies,
  ordererOrganizationPolicies,
  ordererPolicies,
} from "../../fabric/src/config/usualPolicies";
import { canEndorse, parseEndorsementPolicy } from "../../fabric/src/endorsementPolicy";
import type { ChannelPlan, OrganizationPlan } from "./networkPlan";

/** The policies of a channel, by their paths: whether the endorsements of all its peers can satisfy each. */
type ChannelPolicies = Map<string, boolean>;

interface Group {
  policies: Record<string, string>;
  groups: Record<string, Group>;
}

/**
 * Lists the policies of a channel as the controller makes it.
 *
 * @param orderers - the organization that runs the orderers
 */
export function policiesOf({ organizations }: ChannelPlan, orderers: OrganizationPlan): ChannelPolicies {
  const members = organizations.map(({ name, mspId }): [string, Group] => [
    name,
    { policies: applicationOrganizationPolicies(mspId), groups: {} },
  ]);
  const ordererGroup = { policies: ordererOrganizationPolicies(orderers.mspId), groups: {} };
  const channel: Group = {
    policies: channelPolicies,
    groups: {
      Application: { policies: applicationPolicies, groups: Object.fromEntries(members) },
      Orderer: { policies: ordererPolicies, groups: { [orderers.name]: ordererGroup } },
    },
  };
  const peers = new Map(organizations.map(({ mspId, peers }) => [mspId, peers.length]));
  return new Map(listPolicies("/Channel", channel, peers));
}

function listPolicies(path: string, group: Group, peers: ReadonlyMap<string, number>): [string, boolean][] {
  return [
    ...Object.keys(group.policies).map((name): [string, boolean] => [`${path}/${name}`, canHold(group, name, peers)]),
    ...Object.entries(group.groups).flatMap(([name, inner]) => listPolicies(`${path}/${name}`, inner, peers)),
  ];
}

/** Whether a policy holds if every peer endorses. Fabric counts a group without the policy as one that does not agree. */
function canHold({ policies, groups }: Group, name: string, peers: ReadonlyMap<string, number>): boolean {
  const text = policies[name];
  if (text === undefined) return false;
  const [rule, inner] = text.split(" ");
  const all = Object.values(groups);
  const holding = all.filter((group) => canHold(group, inner!, peers)).length;
  switch (rule) {
    case "ANY":
      return holding >= 1;
    case "ALL":
      return holding === all.length;
    case "MAJORITY":
      return holding * 2 > all.length;
    default: {
      const policy = parseEndorsementPolicy(text);
      return !("error" in policy) && canEndorse(policy, peers);
    }
  }
}
