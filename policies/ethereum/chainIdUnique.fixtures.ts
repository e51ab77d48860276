import { type Fixtures, object } from "../testing/fixtures";
import { chainIdUnique } from "./chainIdUnique";

const chain = (chainId: number) =>
  object(
    {
      apiVersion: "baas.io/v1alpha1",
      kind: "EthereumNetwork",
      metadata: { name: "chain", namespace: "coins" },
      spec: { chainId },
    },
    { stack: "coins", component: "EthereumNetwork" },
  );

export const fixtures: Fixtures = {
  policy: chainIdUnique,
  bad: [
    {
      title: "the chain ID of another stack",
      objects: [chain(20002)],
      messages: [
        "stacks/Pulumi.coins.yaml: baas:ethereum.chainId: EthereumNetwork coins/chain: 20002 is the chain ID of " +
          "stacks/Pulumi.tokens.yaml too: a transaction that is signed for one chain could be sent to the other. Choose another number",
      ],
    },
  ],
  good: [{ title: "a chain ID of its own", objects: [chain(20001)], messages: [] }],
};
