import { type Fixtures, object } from "../testing/fixtures";
import { consenters } from "./consenters";

const channel = (count: number, type = "etcdraft") =>
  object({
    apiVersion: "baas.io/v1alpha1",
    kind: "Channel",
    metadata: { name: "trades", namespace: "trade" },
    spec: {
      name: "trades",
      ordering: { type, consenters: Array.from({ length: count }, (_, i) => ({ name: `o${i}` })) },
    },
  });
const of = "stacks/Pulumi.trade.yaml: baas:network.ordering.nodes: Channel trade/trades:";

export const fixtures: Fixtures = {
  policy: consenters,
  bad: [
    {
      title: "a lone orderer",
      objects: [channel(1)],
      messages: [`${of} 1 consenter survives the loss of 0. Write 3, or more`],
    },
    {
      title: "an even number",
      objects: [channel(4)],
      messages: [`${of} of 4 consenters no more may fail than of 3. Write 3 or 5`],
    },
    {
      title: "fewer than the environment wants",
      objects: [channel(3)],
      settings: { least: 5 },
      messages: [`${of} 3 consenters survive the loss of 1. Write 5, or more`],
    },
  ],
  good: [
    { title: "three", objects: [channel(3)], messages: [] },
    { title: "one, where one is enough", objects: [channel(1)], settings: { least: 1 }, messages: [] },
    { title: "none, on Kafka", objects: [channel(0, "kafka")], messages: [] },
  ],
};
