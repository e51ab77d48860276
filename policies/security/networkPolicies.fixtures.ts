import { labels, object, peer, type Fixtures } from "../testing/fixtures";
import { networkPolicies } from "./networkPolicies";

const namespace = object({ apiVersion: "v1", kind: "Namespace", metadata: { name: "trade" } });
const policy = (name: string, spec: object) =>
  object({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name, namespace: "trade" }, spec });
const denyAll = policy("deny", {
  podSelector: {},
  policyTypes: ["Ingress", "Egress"],
  egress: [{ ports: [{ port: 53 }] }],
});
const own = policy("own", { podSelector: { matchLabels: labels("peer", "org1", "peer0-org1") } });

const place = "stacks/Pulumi.trade.yaml: baas:network";

export const fixtures: Fixtures = {
  policy: networkPolicies,
  bad: [
    {
      title: "a namespace that lets everything in and out",
      objects: [namespace, peer(), own],
      messages: [
        `${place}: Namespace trade: no NetworkPolicy denies ingress and egress of all pods in namespace "trade". Give it one with an empty podSelector and policyTypes [Ingress, Egress]: components/defaultDeny.ts`,
      ],
    },
    {
      title: "a namespace of another stack that lets everything out",
      objects: [peer(), own, policy("deny", { podSelector: {} })],
      messages: [
        `${place}.organizations[0]: StatefulSet trade/peer0-org1: no NetworkPolicy denies egress of all pods in namespace "trade". Give it one with an empty podSelector and policyTypes [Ingress, Egress]: components/defaultDeny.ts`,
      ],
    },
    {
      title: "a pod without a policy of its own",
      objects: [namespace, denyAll, peer()],
      messages: [
        `${place}.organizations[0]: StatefulSet trade/peer0-org1: no NetworkPolicy says what its pods may reach, and who may reach them. Give them one in the program`,
      ],
    },
    {
      title: "a policy that opens everything",
      objects: [namespace, denyAll, policy("open", { podSelector: {}, ingress: [{}], egress: [{ to: [] }] })],
      messages: [
        `${place}: NetworkPolicy trade/open: it allows all ingress and egress of all pods. Name pods, peers and ports in the program`,
      ],
    },
  ],
  good: [
    { title: "a default and a policy for each pod", objects: [namespace, denyAll, peer(), own], messages: [] },
    {
      title: "what is in no namespace",
      objects: [policy("own", { podSelector: { matchLabels: { a: "b" } } })],
      messages: [],
    },
  ],
};
