import {
  canEndorse,
  defaultEndorsementPolicy,
  mspIdsOf,
  parseEndorsementPolicy,
} from "../../fabric/src/endorsementPolicy";
import { byNamespace, called, type KubernetesObject, namespaceOf } from "../kit/objects";
import { stackPolicy, type Violation } from "../kit/policy";

/** The peers of a channel can satisfy the endorsement policies of its chaincodes. */
export const endorsementReachable = stackPolicy({
  name: "fabric-endorsement-reachable",
  level: "mandatory",
  description: "The peers of a channel can satisfy the endorsement policy of every chaincode on it.",
  why: "Every transaction of a chaincode whose policy nobody can satisfy is endorsed, ordered, and then invalid.",
  limits:
    "Takes the channel's policy Endorsement for a majority of its members, which the network controller makes it.",
  checkStack(objects, { stackFile }) {
    const channelsIn = byNamespace(objects.filter(({ kind }) => kind === "Channel"));
    const found: Violation[] = [];
    for (const object of objects.filter(({ kind }) => kind === "Chaincode")) {
      const { spec } = object.body;
      const channel = channelsIn.get(namespaceOf(object))?.find(({ name }) => name === spec?.channel);
      if (channel === undefined) continue;
      const wrong = whyUnreachable(object, channel);
      if (wrong === undefined) continue;
      const place = stackFile.place(object).replace(`: ${object.kind}`, `.endorsementPolicy: ${object.kind}`);
      found.push({ place, message: wrong, urn: object.urn });
    }
    return found;
  },
});

function whyUnreachable(chaincode: KubernetesObject, channel: KubernetesObject): string | undefined {
  const { endorsementPolicy = "", organizations = [] } = chaincode.body.spec;
  const members: any[] = channel.body.spec?.organizations ?? [];
  const policy = parseEndorsementPolicy(endorsementPolicy);
  if ("error" in policy) return `${policy.error}. Write a policy such as OutOf(2, 'Org1MSP.peer', 'Org2MSP.peer')`;
  // Only peers that have the chaincode can endorse.
  const peersOf = (name: string): number => organizations.find((each: any) => each.name === name)?.peers?.length ?? 0;
  const have = new Map(members.map(({ name, mspId }) => [String(mspId), peersOf(name)]));
  const counts = [...have].map(([mspId, count]) => `${mspId} has ${count}`).join(", ");
  if (policy.type === "reference") {
    if (policy.path !== defaultEndorsementPolicy) return undefined;
    const needed = Math.floor(members.length / 2) + 1;
    const can = [...have.values()].filter((count) => count > 0).length;
    if (can >= needed) return undefined;
    return `a majority of ${called(channel)} is ${needed} of ${members.length} members, and ${can} have peers with the chaincode (${counts}). Give the others peers, or write a policy that needs fewer`;
  }
  const strangers = mspIdsOf(policy).filter((mspId) => !have.has(mspId));
  if (canEndorse(policy, have)) return undefined;
  const because = strangers.length === 0 ? "" : `${strangers.join(", ")} is no member; `;
  return `"${endorsementPolicy}" cannot hold, even if all peers of ${called(channel)} endorse (${because}${counts}). Ask for fewer endorsements, or for the role peer or member`;
}
