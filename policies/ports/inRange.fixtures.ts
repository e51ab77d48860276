import { type Fixtures, labels, object } from "../testing/fixtures";
import { inRange } from "./inRange";

const service = (spec: Record<string, unknown>, stack?: string) =>
  object(
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "edge", namespace: "trade", labels: labels("gateway") },
      spec,
    },
    stack === undefined ? {} : { stack },
  );

const route = (port: number) =>
  object({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "TLSRoute",
    metadata: { name: "edge", namespace: "trade", labels: labels("gateway") },
    spec: { parentRefs: [{ name: "shared", port }] },
  });

const gateway = (...ports: number[]) =>
  object({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "edge", namespace: "trade", labels: labels("gateway") },
    spec: { listeners: ports.map((port) => ({ name: `tls-${port}`, port, protocol: "TLS" })) },
  });

const place = "stacks/Pulumi.trade.yaml: baas:network.gateway.port:";
const range = 'the ports 30443 to 30499 of environment "bank". Write 30443, the next free one';

export const fixtures: Fixtures = {
  policy: inRange,
  bad: [
    {
      title: "a node port outside the range",
      objects: [service({ type: "NodePort", ports: [{ port: 443, nodePort: 31000 }] })],
      messages: [`${place} Service trade/edge: port 31000 is not one of ${range}`],
    },
    {
      title: "a node port that the cluster chooses",
      objects: [service({ type: "NodePort", ports: [{ port: 443 }] })],
      messages: [
        `${place} Service trade/edge: its node port has no number, so the cluster takes any. Write 30443, the next free one`,
      ],
    },
    {
      title: "a load balancer's port outside the range",
      objects: [service({ type: "LoadBalancer", ports: [{ port: 443 }] })],
      messages: [`${place} Service trade/edge: port 443 is not one of ${range}`],
    },
    {
      title: "a route on a port outside the range",
      objects: [route(443)],
      messages: [`${place} TLSRoute trade/edge: port 443 is not one of ${range}`],
    },
    {
      title: "a load balancer's node port outside the range",
      objects: [service({ type: "LoadBalancer", ports: [{ port: 30443, nodePort: 31000 }] })],
      messages: [`${place} Service trade/edge: port 31000 is not one of ${range}`],
    },
    {
      title: "a port at an external address",
      objects: [service({ ports: [{ port: 443 }], externalIPs: ["192.0.2.1"] })],
      messages: [`${place} Service trade/edge: port 443 is not one of ${range}`],
    },
    {
      title: "a Gateway that listens outside the range",
      objects: [gateway(30443, 80)],
      messages: [`${place} Gateway trade/edge: port 80 is not one of ${range}`],
    },
    {
      title: "a port in an environment that has none",
      objects: [service({ type: "NodePort", ports: [{ port: 443, nodePort: 30443 }] }, "inside")],
      messages: [
        'stacks/Pulumi.inside.yaml: baas:network.gateway.port: Service trade/edge: environment "closed" has no ports for networks: give stacks/environments/closed.yaml a "gateway"',
      ],
    },
  ],
  good: [
    {
      title: "a port of the range",
      objects: [
        service({ type: "NodePort", ports: [{ port: 443, nodePort: 30443 }] }),
        route(30499),
        gateway(30443),
        service({ type: "LoadBalancer", ports: [{ port: 30443 }] }),
      ],
      messages: [],
    },
    {
      title: "a port inside the cluster",
      objects: [service({ type: "ClusterIP", ports: [{ port: 443 }] })],
      messages: [],
    },
  ],
};
