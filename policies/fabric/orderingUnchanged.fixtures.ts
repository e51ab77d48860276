import { type Fixtures, object } from "../testing/fixtures";
import { orderingUnchanged } from "./orderingUnchanged";

// In testdata/project/.baas/state/trade.json, channel trades was applied with etcdraft.
const channel = (type: string, name = "trades") =>
  object(
    {
      apiVersion: "baas.io/v1alpha1",
      kind: "Channel",
      metadata: { name, namespace: "trade" },
      spec: { name, ordering: { type } },
    },
    { component: "Channel" },
  );

export const fixtures: Fixtures = {
  policy: orderingUnchanged,
  bad: [
    {
      title: "another type",
      objects: [channel("bft")],
      messages: [
        "stacks/Pulumi.trade.yaml: baas:network.ordering.type: Channel trade/trades: the type would be bft, and the channel has been etcdraft since the last apply. Write etcdraft; for another type, make a new network",
      ],
    },
  ],
  good: [
    { title: "the same type", objects: [channel("etcdraft")], messages: [] },
    { title: "a channel that was not there", objects: [channel("bft", "second")], messages: [] },
  ],
};
