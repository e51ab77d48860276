import { type Fixtures, object } from "../testing/fixtures";
import { endorsementReachable } from "./endorsementReachable";

const channel = object({
  apiVersion: "baas.io/v1alpha1",
  kind: "Channel",
  metadata: { name: "trades", namespace: "trade" },
  spec: { name: "trades", organizations: ["1", "2", "3"].map((n) => ({ name: `org${n}`, mspId: `Org${n}MSP` })) },
});
const chaincode = (endorsementPolicy: string, peers: Record<string, number>) =>
  object({
    apiVersion: "baas.io/v1alpha1",
    kind: "Chaincode",
    metadata: { name: "trades.asset", namespace: "trade" },
    spec: {
      channel: "trades",
      name: "asset",
      endorsementPolicy,
      organizations: Object.entries(peers).map(([name, count]) => ({ name, peers: Array(count).fill("peer") })),
    },
  });
const majority = "/Channel/Application/Endorsement";
const place = "stacks/Pulumi.trade.yaml: baas:network.chaincodes[0].endorsementPolicy: Chaincode trade/trades.asset:";
const remedy = "Ask for fewer endorsements, or for the role peer or member";

export const fixtures: Fixtures = {
  policy: endorsementReachable,
  bad: [
    {
      title: "a majority of members without the chaincode",
      objects: [channel, chaincode(majority, { org1: 2 })],
      messages: [
        `${place} a majority of Channel trade/trades is 2 of 3 members, and 1 have peers with the chaincode (Org1MSP has 2, Org2MSP has 0, Org3MSP has 0). Give the others peers, or write a policy that needs fewer`,
      ],
    },
    {
      title: "more endorsements than there are peers",
      objects: [channel, chaincode("AND('Org1MSP.peer', 'Org1MSP.peer')", { org1: 1, org2: 5 })],
      messages: [
        `${place} "AND('Org1MSP.peer', 'Org1MSP.peer')" cannot hold, even if all peers of Channel trade/trades endorse (Org1MSP has 1, Org2MSP has 5, Org3MSP has 0). ${remedy}`,
      ],
    },
    {
      title: "an organization that is no member",
      objects: [channel, chaincode("AND('Org4MSP.peer', 'Org1MSP.peer')", { org1: 1 })],
      messages: [
        `${place} "AND('Org4MSP.peer', 'Org1MSP.peer')" cannot hold, even if all peers of Channel trade/trades endorse (Org4MSP is no member; Org1MSP has 1, Org2MSP has 0, Org3MSP has 0). ${remedy}`,
      ],
    },
  ],
  good: [
    {
      title: "a majority with peers, and two of two",
      objects: [
        channel,
        chaincode(majority, { org1: 1, org2: 1 }),
        chaincode("AND('Org1MSP.peer', 'Org2MSP.member')", { org1: 1, org2: 1 }),
      ],
      messages: [],
    },
    { title: "a channel of another stack", objects: [chaincode("AND('Org9MSP.peer')", {})], messages: [] },
  ],
};
