import { type Fixtures, object } from "../testing/fixtures";
import { kafkaNames } from "./kafkaNames";

const channel = (stack: string, name: string) =>
  object(
    {
      apiVersion: "baas.io/v1alpha1",
      kind: "Channel",
      metadata: { name, namespace: stack },
      spec: { name, ordering: { type: "kafka" } },
    },
    { stack },
  );

export const fixtures: Fixtures = {
  policy: kafkaNames,
  bad: [
    {
      title: "a channel and a system channel of other stacks, and a channel that has the system channel's name",
      objects: [channel("funds", "deals"), channel("funds", "old-system")],
      messages: [
        'stacks/Pulumi.funds.yaml: baas:network.ordering.systemChannel: "old-system" is a topic of stacks/Pulumi.cards.yaml on the Kafka of environment "bank" already. Choose another name',
        'stacks/Pulumi.funds.yaml: baas:network.channels[0].name: "deals" is a topic of stacks/Pulumi.cards.yaml on the Kafka of environment "bank" already. Choose another name',
        'stacks/Pulumi.funds.yaml: baas:network.channels[1].name: "old-system" is a topic of stacks/Pulumi.funds.yaml itself and stacks/Pulumi.cards.yaml on the Kafka of environment "bank" already. Choose another name',
      ],
    },
  ],
  good: [
    { title: "names of its own", objects: [channel("bonds", "bonds")], messages: [] },
    { title: "the name of a channel on Kafka, ordered by Raft", objects: [channel("trade", "trades")], messages: [] },
  ],
};
