import { type Fixtures, labels, object } from "../testing/fixtures";
import { onlyGateway } from "./onlyGateway";

const service = (role: string, spec: Record<string, unknown>) =>
  object(
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "any", namespace: "trade", labels: labels(role, "org2") },
      spec: { ports: [{ port: 7051 }], ...spec },
    },
    { component: "Peer" },
  );

const route = (role: string, kind = "TLSRoute") =>
  object({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind,
    metadata: { name: "any", namespace: "trade", labels: labels(role, "org2") },
    spec: {},
  });

const remedy =
  "Use a Service of type ClusterIP, and have the gateway pass connections through: gateway.passthrough in the stack file";
const place = "stacks/Pulumi.trade.yaml: baas:network.organizations[1]:";

const gateway = "stacks/Pulumi.trade.yaml: baas:network.gateway:";
const elsewhere = "to pods that its selector does not limit to role gateway";

export const fixtures: Fixtures = {
  policy: onlyGateway,
  bad: [
    {
      title: "a peer with a NodePort",
      objects: [service("peer", { type: "NodePort", ports: [{ port: 7051, nodePort: 30751 }] })],
      messages: [
        `${place} Service trade/any: its type is NodePort, which opens port 30751 outside the cluster. ${remedy}`,
      ],
    },
    {
      title: "a peer with a load balancer",
      objects: [service("peer", { type: "LoadBalancer" })],
      messages: [
        `${place} Service trade/any: its type is LoadBalancer, which opens port 7051 outside the cluster. ${remedy}`,
      ],
    },
    {
      title: "external addresses",
      objects: [service("peer", { externalIPs: ["192.0.2.1"] })],
      messages: [`${place} Service trade/any: externalIPs 192.0.2.1 lead to it from outside. ${remedy}`],
    },
    {
      title: "a route to a peer",
      objects: [route("peer")],
      messages: [`${place} TLSRoute trade/any: a TLSRoute leads into the cluster past the gateway. ${remedy}`],
    },
    {
      title: "the gateway, where another role is the way in",
      objects: [route("gateway")],
      settings: { roles: ["edge"] },
      messages: [
        `stacks/Pulumi.trade.yaml: baas:network.gateway: TLSRoute trade/any: a TLSRoute leads into the cluster past the gateway. ${remedy}`,
      ],
    },
    {
      title: "a Gateway of the stack's own",
      objects: [route("peer", "Gateway")],
      messages: [`${place} Gateway trade/any: a Gateway leads into the cluster past the gateway. ${remedy}`],
    },
    {
      title: "Services that call themselves the gateway's and lead to others",
      objects: [
        service("gateway", { type: "NodePort", selector: labels("peer", "org2") }),
        service("gateway", { externalIPs: ["192.0.2.1"] }),
      ],
      messages: [
        `${gateway} Service trade/any: its type is NodePort, which opens port 7051 outside the cluster, ${elsewhere}. ${remedy}`,
        `${gateway} Service trade/any: externalIPs 192.0.2.1 lead to it from outside, ${elsewhere}. ${remedy}`,
      ],
    },
  ],
  good: [
    { title: "a ClusterIP", objects: [service("peer", { type: "ClusterIP" }), service("peer", {})], messages: [] },
    {
      title: "the gateway's NodePort and its route",
      objects: [
        service("gateway", { type: "NodePort", selector: labels("gateway") }),
        service("gateway", { externalIPs: ["192.0.2.1"], selector: labels("gateway") }),
        service("gateway", { type: "ClusterIP" }),
        route("gateway"),
        route("gateway", "Gateway"),
      ],
      messages: [],
    },
  ],
};
