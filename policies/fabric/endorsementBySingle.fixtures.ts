import { type Fixtures, object } from "../testing/fixtures";
import { endorsementBySingle } from "./endorsementBySingle";

const chaincode = (endorsementPolicy: string, organizations = ["org1", "org2"]) =>
  object({
    apiVersion: "baas.io/v1alpha1",
    kind: "Chaincode",
    metadata: { name: "trades.asset", namespace: "trade" },
    spec: {
      channel: "trades",
      name: "asset",
      endorsementPolicy,
      organizations: organizations.map((name) => ({ name, peers: ["peer0"] })),
    },
  });
const place = "stacks/Pulumi.trade.yaml: baas:network.chaincodes[0].endorsementPolicy: Chaincode trade/trades.asset:";
const remedy = "Write one that needs two, such as OutOf(2, ...), or leave it out: a majority is the default";

export const fixtures: Fixtures = {
  policy: endorsementBySingle,
  bad: [
    {
      title: "a policy that any member satisfies",
      objects: [chaincode("OR('Org1MSP.peer', 'Org2MSP.peer')")],
      messages: [`${place} Org1MSP alone, or Org2MSP alone satisfies "OR('Org1MSP.peer', 'Org2MSP.peer')". ${remedy}`],
    },
    {
      title: "one that a single member satisfies with two peers",
      objects: [chaincode("OutOf(2, 'Org1MSP.peer', 'Org1MSP.peer', 'Org2MSP.peer')")],
      messages: [
        `${place} Org1MSP alone satisfies "OutOf(2, 'Org1MSP.peer', 'Org1MSP.peer', 'Org2MSP.peer')". ${remedy}`,
      ],
    },
  ],
  good: [
    {
      title: "a policy that needs two, and a majority",
      objects: [chaincode("AND('Org1MSP.peer', 'Org2MSP.peer')"), chaincode("/Channel/Application/Endorsement")],
      messages: [],
    },
    { title: "a channel of one member", objects: [chaincode("OR('Org1MSP.peer')", ["org1"])], messages: [] },
  ],
};
