import { type Fixtures, labels, object } from "../testing/fixtures";
import { services } from "./services";

const service = (name: string, spec: object, own = labels("peer", "org1", name)) =>
  object({ apiVersion: "v1", kind: "Service", metadata: { name, namespace: "trade", labels: own }, spec });
const route = (spec: object) =>
  object({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "TLSRoute",
    metadata: { name: "gateway", namespace: "trade", labels: labels("gateway") },
    spec,
  });
const of = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]: Service trade/peer0-org1:";

export const fixtures: Fixtures = {
  policy: services,
  bad: [
    {
      title: "a name of one node in front of another",
      objects: [service("peer0-org1", { selector: labels("peer", "org1", "peer1-org1") })],
      messages: [
        `${of} its label app.kubernetes.io/instance is "peer0-org1", and its selector asks for "peer1-org1". Change it in the program`,
        `${of} it has the name of "peer0-org1", and its selector asks for other pods. Change it in the program`,
      ],
    },
    {
      title: "an address, and another type than the environment's",
      objects: [
        service("peer0-org1", {
          ...{ clusterIP: "10.96.0.10", type: "LoadBalancer" },
          selector: labels("peer", "org1", "peer0-org1"),
        }),
      ],
      messages: [
        `${of} spec.clusterIP is 10.96.0.10, an address that another Service may have. Change it in the program, or allow it by policies.security-services.fields in stacks/environments/bank.yaml`,
        `${of} its type is LoadBalancer, and the environment's gateways are of type NodePort. Change it in the program`,
      ],
    },
    {
      title: "a route of other names",
      objects: [route({ hostnames: ["*.loans.example.com"] })],
      messages: [
        "stacks/Pulumi.trade.yaml: baas:network.gateway: TLSRoute trade/gateway: it takes the calls of *.loans.example.com, which is no name of the network. Change it in the program",
      ],
    },
  ],
  good: [
    {
      title: "Services of nodes and of groups",
      objects: [
        service("peer0-org1", { selector: labels("peer", "org1", "peer0-org1") }),
        service("peers-org1", { selector: labels("peer", "org1") }, labels("peer", "org1")),
      ],
      messages: [],
    },
    {
      title: "the network's own names",
      objects: [
        route({
          hostnames: ["*.trade.example.com", "*.trade.svc"],
          rules: [{ backendRefs: [{ name: "gateway", port: 30443 }] }],
        }),
      ],
      messages: [],
    },
    {
      title: "a field that the environment allows",
      objects: [service("a", { loadBalancerSourceRanges: [] })],
      settings: { fields: ["loadBalancerSourceRanges"] },
      messages: [],
    },
  ],
};
