import { type Fixtures, labels, object, peer, podSpec } from "../testing/fixtures";
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
const inDefault = (kind: string, name: string, spec: object) =>
  object({
    apiVersion: kind === "Pod" ? "v1" : "networking.k8s.io/v1",
    kind,
    metadata: { name, labels: { a: "b" } },
    spec,
  });

const place = "stacks/Pulumi.trade.yaml: baas:network";

export const fixtures: Fixtures = {
  policy: networkPolicies,
  bad: [
    {
      title: "a namespace that lets everything in and out",
      objects: [namespace, peer(), own],
      messages: [
        `${place}: Namespace trade: no NetworkPolicy denies ingress and egress of all pods in namespace "trade". Give it one with an empty podSelector and policyTypes [Ingress, Egress]: components/kubernetes/defaultDeny.ts`,
      ],
    },
    {
      title: "a namespace of another stack that lets everything out",
      objects: [peer(), own, policy("deny", { podSelector: {} })],
      messages: [
        `${place}.organizations[0]: StatefulSet trade/peer0-org1: no NetworkPolicy denies egress of all pods in namespace "trade". Give it one with an empty podSelector and policyTypes [Ingress, Egress]: components/kubernetes/defaultDeny.ts`,
      ],
    },
    {
      title: "a pod without a policy of its own",
      objects: [namespace, denyAll, peer()],
      messages: [
        `${place}.organizations[0]: StatefulSet trade/peer0-org1: no NetworkPolicy limits the traffic from and to its pods. Give them one in the program`,
      ],
    },
    {
      title: "a policy that opens everything",
      objects: [namespace, denyAll, policy("open", { podSelector: {}, ingress: [{}], egress: [{ to: [] }] })],
      messages: [
        `${place}: NetworkPolicy trade/open: it allows all ingress and egress of all pods. Name pods, peers and ports in the program`,
      ],
    },
    {
      title: "a default that allows what it is there to deny",
      objects: [namespace, policy("open", { podSelector: {}, policyTypes: ["Ingress", "Egress"], egress: [{}] })],
      messages: [
        `${place}: Namespace trade: no NetworkPolicy denies egress of all pods in namespace "trade". Give it one with an empty podSelector and policyTypes [Ingress, Egress]: components/kubernetes/defaultDeny.ts`,
        `${place}: NetworkPolicy trade/open: it allows all egress of all pods. Name pods, peers and ports in the program`,
      ],
    },
    {
      title: "a pod's own policy that opens everything to everybody",
      objects: [
        ...[{}, { from: [{ namespaceSelector: {} }] }, { from: [{ namespaceSelector: {}, podSelector: {} }] }].map(
          (rule) => policy("in", { podSelector: { matchLabels: { a: "b" } }, ingress: [rule] }),
        ),
        ...[{ cidr: "0.0.0.0/0" }, { cidr: "::/0", except: ["fd00::/8"] }].map((ipBlock) =>
          policy("out", {
            podSelector: { matchExpressions: [{ key: "a", operator: "DoesNotExist" }] },
            egress: [{ to: [{ podSelector: {} }, { ipBlock }], ports: [{ protocol: "TCP" }] }],
          }),
        ),
        policy("out", {
          podSelector: { matchLabels: { a: "b" } },
          egress: [{ ports: [{ protocol: "TCP", port: 1, endPort: 65535 }] }],
        }),
      ],
      messages: ["in", "in", "in", "out", "out", "out"].map(
        (name) =>
          `${place}: NetworkPolicy trade/${name}: it allows all ${name === "in" ? "ingress" : "egress"} of its pods. Name pods, peers and ports in the program`,
      ),
    },
  ],
  good: [
    { title: "a default and a policy for each pod", objects: [namespace, denyAll, peer(), own], messages: [] },
    {
      title: "rules that name a port, or somebody",
      objects: [
        policy("gateway", {
          podSelector: { matchLabels: { a: "b" } },
          ingress: [
            { ports: [{ protocol: "TCP", port: 8443 }] },
            { from: [{ namespaceSelector: {} }], ports: [{ port: 80 }] },
          ],
          egress: [
            { to: [{ namespaceSelector: {}, podSelector: { matchLabels: { a: "c" } } }] },
            { to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] },
            { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ protocol: "TCP", port: 443 }] },
          ],
        }),
      ],
      messages: [],
    },
    {
      title: "objects in the default namespace that do not say so",
      objects: [
        inDefault("Pod", "tool", podSpec()),
        inDefault("NetworkPolicy", "own", { podSelector: { matchLabels: { a: "b" } } }),
        inDefault("NetworkPolicy", "deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
      ],
      messages: [],
    },
    {
      title: "what is in no namespace",
      objects: [policy("own", { podSelector: { matchLabels: { a: "b" } } })],
      messages: [],
    },
  ],
};
