import { type Fixtures, object } from "../testing/fixtures";
import { membersStay } from "./membersStay";

// In testdata/project/.baas/state/trade.json, channel bonds was applied with two members and three consenters.
const channel = (organizations: string[], consenters: string[], name = "bonds") =>
  object(
    {
      apiVersion: "baas.io/v1alpha1",
      kind: "Channel",
      metadata: { name, namespace: "trade" },
      spec: {
        name,
        organizations: organizations.map((mspId) => ({ mspId })),
        ordering: { consenters: consenters.map((each) => ({ name: each })) },
      },
    },
    { component: "Channel" },
  );
const file = "stacks/Pulumi.trade.yaml: baas:network";

export const fixtures: Fixtures = {
  policy: membersStay,
  bad: [
    {
      title: "a member less",
      objects: [channel(["Org1MSP"], ["o0", "o1", "o2"])],
      messages: [
        `${file}.channels[1]: Channel trade/bonds: Org2MSP would be no member any more, and has been one since the last apply. Leave it in`,
      ],
    },
    {
      title: "other consenters",
      objects: [channel(["Org1MSP", "Org2MSP"], ["o0", "o3"])],
      messages: ["o1", "o2"].map(
        (name) =>
          `${file}.ordering: Channel trade/bonds: ${name} would be no consenter any more, and has been one since the last apply. Leave it in`,
      ),
    },
  ],
  good: [
    {
      title: "one more of both",
      objects: [channel(["Org1MSP", "Org2MSP", "Org3MSP"], ["o0", "o1", "o2", "o3"])],
      messages: [],
    },
    { title: "a channel that was not there", objects: [channel([], [], "second")], messages: [] },
  ],
};
