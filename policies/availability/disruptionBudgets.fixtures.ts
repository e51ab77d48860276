import { labels, object, peer, podSpec, workload, type Fixtures } from "../testing/fixtures";
import { disruptionBudgets } from "./disruptionBudgets";

const peers = [peer(), peer({}, podSpec(), "peer1-org1")];
const gateway = (replicas: number) =>
  workload("Deployment", { name: "gateway", role: "gateway" }, podSpec(), { replicas });
const budget = (name: string, matchLabels: object, spec: object = { maxUnavailable: 1 }) =>
  object({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace: "trade", labels: matchLabels },
    spec: { ...spec, selector: { matchLabels } },
  });
const ofPeers = budget("peers", labels("peer", "org1"));
const ofGateway = (spec?: object) => budget("gateway", labels("gateway"), spec);

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
  ],
  good: [
    { title: "one for each group", objects: [...peers, gateway(2), ofPeers, ofGateway()], messages: [] },
    { title: "single pods without", objects: [peers[0]!, gateway(1)], messages: [] },
  ],
};
