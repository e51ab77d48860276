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

const named = (namespace: string) => ({ matchLabels: { "kubernetes.io/metadata.name": namespace } });
const remedy = "Name pods, peers and ports in the program";
const orAllow = (setting: string) =>
  `${remedy}, or allow it by policies.security-network-policies.${setting} in stacks/environments/bank.yaml`;
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
    {
      title: "halves of the Internet, ranges of ports, and pods that nobody names",
      objects: [
        policy("in", {
          podSelector: { matchLabels: { a: "b" } },
          ingress: [
            { from: [{ ipBlock: { cidr: "0.0.0.0/1" } }, { ipBlock: { cidr: "128.0.0.0/1" } }] },
            { from: [{ namespaceSelector: {} }], ports: [{ port: 80 }] },
            { from: [{ podSelector: {} }] },
            { ports: [{ port: 8443 }] },
          ],
        }),
        policy("out", {
          podSelector: { matchLabels: { a: "b" } },
          egress: [
            {
              ports: [
                { port: 1, endPort: 32767 },
                { port: 32768, endPort: 65535 },
              ],
            },
            { to: [{ namespaceSelector: named("loans"), podSelector: { matchLabels: { a: "b" } } }] },
            { to: [{ namespaceSelector: { matchExpressions: [{ key: "baas.io/network", operator: "Exists" }] } }] },
          ],
        }),
      ],
      messages: [
        `ingress from addresses 0.0.0.0/1 on all ports. ${orAllow("cidrs")}`,
        `ingress from pods of any namespace on port 80. ${remedy}`,
        `ingress from all pods of its namespace on all ports. ${remedy}`,
        `ingress from everybody on port 8443. ${orAllow("openIngress")}`,
        `egress to ports 1 to 32767. ${remedy}`,
        `egress to pods of namespace loans on all ports. ${orAllow("namespaces")}`,
        `egress to pods of all networks on all ports. ${remedy}`,
      ].map((what) => `${place}: NetworkPolicy trade/${what.startsWith("in") ? "in" : "out"}: it allows ${what}`),
    },
  ],
  good: [
    { title: "a default and a policy for each pod", objects: [namespace, denyAll, peer(), own], messages: [] },
    {
      title: "rules that name pods, and the ports that the product opens",
      objects: [
        policy("gateway", {
          podSelector: { matchLabels: labels("gateway") },
          ingress: [{ ports: [{ protocol: "TCP", port: 8443 }] }],
          egress: [
            { to: [{ podSelector: { matchLabels: labels("peer") } }], ports: [{ port: 7051 }] },
            { to: [{ namespaceSelector: named("baas-platform"), podSelector: { matchLabels: { a: "c" } } }] },
            { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ protocol: "TCP", port: 443 }] },
          ],
        }),
      ],
      messages: [],
    },
    {
      title: "what the environment allows",
      objects: [
        policy("own", {
          podSelector: { matchLabels: { a: "b" } },
          ingress: [{ from: [{ namespaceSelector: named("monitoring"), podSelector: { matchLabels: { a: "c" } } }] }],
          egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }, { ports: [{ protocol: "TCP", port: 9092 }] }],
        }),
      ],
      settings: { cidrs: ["10.0.0.0/8"], namespaces: ["monitoring"], openEgress: ["TCP/9092"] },
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
