import { type Fixtures, labels, object, peer, podSpec, workload } from "../testing/fixtures";
import { disruptionBudgets } from "./disruptionBudgets";

const peers = [peer(), peer({}, podSpec(), "peer1-org1")];
const gateway = (replicas: number) =>
  workload("Deployment", { name: "gateway", role: "gateway" }, podSpec(), { replicas });
const budget = (name: string, matchLabels: object, spec: object = { maxUnavailable: 1 }) =>
  object({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace: "trade", labels: matchLabels },
    spec: { selector: { matchLabels }, ...spec },
  });
const ofPeers = budget("peers", labels("peer", "org1"));
const ofGateway = (spec?: object) => budget("gateway", labels("gateway"), spec);

/** Three orderers of an organization with a budget. */
const ordering = (organization: string, spec: object) => [
  ...[0, 1, 2].map((i) => workload("StatefulSet", { name: `${organization}-${i}`, role: "orderer", organization })),
  budget(organization, labels("orderer", organization), spec),
];

const place = "stacks/Pulumi.trade.yaml: baas:network";
const remedy = "Give them one with maxUnavailable 1 in the program";

export const fixtures: Fixtures = {
  policy: disruptionBudgets,
  bad: [
    {
      title: "two peers of an organization without one",
      objects: [...peers, ofGateway()],
      messages: ["peer0-org1", "peer1-org1"].map(
        (name) =>
          `${place}.organizations[0]: StatefulSet trade/${name}: 2 pods of role peer stand in for each other, and no PodDisruptionBudget selects these. ${remedy}`,
      ),
    },
    {
      title: "replicas without one",
      objects: [gateway(2)],
      messages: [
        `${place}.gateway: Deployment trade/gateway: 2 pods of role gateway stand in for each other, and no PodDisruptionBudget selects these. ${remedy}`,
      ],
    },
    {
      title: "one that lets none go",
      objects: [gateway(2), ofGateway({ minAvailable: "100%" })],
      messages: [
        `${place}.gateway: PodDisruptionBudget trade/gateway: it lets none of its 2 pods go, so no machine can be drained. Set maxUnavailable to 1 in the program`,
      ],
    },
    {
      title: "two for the same pods",
      objects: [gateway(2), ofGateway(), budget("second", labels("gateway"))],
      messages: [
        `${place}.gateway: Deployment trade/gateway: PodDisruptionBudget trade/gateway and PodDisruptionBudget trade/second both select its pods: evictions of them fail. Keep one of the two`,
      ],
    },
    {
      title: "one that lets all go, or two",
      objects: [
        { maxUnavailable: "100%" },
        { maxUnavailable: 3 },
        { minAvailable: 0 },
        { minAvailable: 1 },
        { maxUnavailable: "34%" },
      ].flatMap((spec, i) => ordering(`ordering${i}`, spec)),
      messages: [3, 3, 3, 2, 2].map(
        (allowed, i) =>
          `${place}.ordering: PodDisruptionBudget trade/ordering${i}: it lets ${allowed} of its 3 pods go at once. Set maxUnavailable to 1 in the program`,
      ),
    },
    {
      title: "one that selects no pods",
      objects: [gateway(2), budget("gateway", labels("gateway"), { maxUnavailable: 1, selector: undefined })],
      messages: [
        `${place}.gateway: Deployment trade/gateway: 2 pods of role gateway stand in for each other, and no PodDisruptionBudget selects these. ${remedy}`,
      ],
    },
  ],
  good: [
    { title: "one for each group", objects: [...peers, gateway(2), ofPeers, ofGateway()], messages: [] },
    {
      title: "one that lets one go, said otherwise",
      objects: [{ maxUnavailable: "33%" }, { minAvailable: 2 }, { minAvailable: "50%" }].flatMap((spec, i) =>
        ordering(`ordering${i}`, spec),
      ),
      messages: [],
    },
    { title: "single pods without", objects: [peers[0]!, gateway(1)], messages: [] },
  ],
};
