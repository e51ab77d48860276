import { type Fixtures, labels, object } from "../testing/fixtures";
import { unique } from "./unique";

const service = (spec: Record<string, unknown>) =>
  object({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "edge", namespace: "trade", labels: labels("gateway") },
    spec,
  });

const place = "stacks/Pulumi.trade.yaml: baas:network.gateway.port: Service trade/edge:";
const clash =
  'port 30444 is the gateway\'s port of stacks/Pulumi.loans.yaml too: two stacks of environment "bank" cannot share it. ' +
  "Write 30443, the next free one";

export const fixtures: Fixtures = {
  policy: unique,
  bad: [
    {
      title: "the node port of another stack",
      objects: [service({ type: "NodePort", ports: [{ port: 443, nodePort: 30444 }] })],
      messages: [`${place} ${clash}`],
    },
    {
      title: "the port of another stack at the load balancer",
      objects: [service({ type: "LoadBalancer", ports: [{ port: 30444 }] })],
      messages: [`${place} ${clash}`],
    },
  ],
  good: [
    {
      title: "the stack's own port",
      objects: [service({ type: "NodePort", ports: [{ port: 443, nodePort: 30443 }] })],
      messages: [],
    },
    {
      title: "the same port inside the cluster",
      objects: [service({ ports: [{ port: 30444 }] })],
      messages: [],
    },
  ],
};
