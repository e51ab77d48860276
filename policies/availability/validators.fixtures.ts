import { type Fixtures, object } from "../testing/fixtures";
import { validators } from "./validators";

const chain = (count: number, client = "besu") =>
  object(
    {
      apiVersion: "baas.io/v1alpha1",
      kind: "EthereumNetwork",
      metadata: { name: "chain", namespace: "coins" },
      spec: { client, validators: Array.from({ length: count }, (_, i) => ({ name: `validator${i}` })) },
    },
    { stack: "coins", component: "EthereumNetwork" },
  );
const of = "stacks/Pulumi.coins.yaml: baas:ethereum.validators: EthereumNetwork coins/chain:";

export const fixtures: Fixtures = {
  policy: validators,
  bad: [
    {
      title: "a lone validator",
      objects: [chain(1)],
      messages: [`${of} 1 validator survives a failure of 0. Write 4, or more`],
    },
    {
      title: "three with QBFT",
      objects: [chain(3)],
      messages: [`${of} 3 validators survive a failure of 0. Write 4, or more`],
    },
    {
      title: "two with clique",
      objects: [chain(2, "geth")],
      messages: [`${of} 2 validators survive a failure of 0. Write 3, or more`],
    },
    {
      title: "fewer than the environment wants",
      objects: [chain(4)],
      settings: { tolerated: 2 },
      messages: [`${of} 4 validators survive a failure of 1. Write 7, or more`],
    },
  ],
  good: [
    { title: "four with QBFT", objects: [chain(4)], messages: [] },
    { title: "three with clique", objects: [chain(3, "geth")], messages: [] },
    { title: "one, where one is enough", objects: [chain(1)], settings: { tolerated: 0 }, messages: [] },
  ],
};
