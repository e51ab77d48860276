import { container, type Fixtures, labels, object, peer, podSpec, workload } from "../testing/fixtures";
import { autoscaling } from "./autoscaling";

const gateway = (replicas = 2) => workload("Deployment", { name: "gateway", role: "gateway" }, podSpec(), { replicas });

const cpu = (target: object) => [{ type: "Resource", resource: { name: "cpu", target } }];
const amount = (averageValue: string) => cpu({ type: "AverageValue", averageValue });

function autoscaler(
  changes: object,
  target = { kind: "Deployment", name: "gateway" },
  role = "gateway",
  name = target.name,
) {
  return object({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace: "trade", labels: labels(role) },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", ...target },
      minReplicas: 2,
      maxReplicas: 6,
      metrics: amount("100m"),
      ...changes,
    },
  });
}

const at = "stacks/Pulumi.trade.yaml: baas:network.gateway.autoscaling: HorizontalPodAutoscaler trade/gateway:";

export const fixtures: Fixtures = {
  policy: autoscaling,
  bad: [
    {
      title: "fewer pods than the stack file says",
      objects: [gateway(3), autoscaler({ minReplicas: 1 })],
      messages: [`${at} it may go down to 1 pods of 3. Set minReplicas to 3, or more`],
    },
    {
      title: "bounds the wrong way round",
      objects: [gateway(), autoscaler({ minReplicas: 8 })],
      messages: [`${at} it may go up to 6 pods, which is less than 8. Write more, or fewer replicas`],
    },
    {
      title: "very many pods",
      objects: [gateway(), autoscaler({ maxReplicas: 21 })],
      messages: [`${at} it may start 21 pods. Write 20, or fewer, or raise policies.availability-autoscaling.most`],
    },
    {
      title: "more CPU than pods may use",
      objects: [gateway(), autoscaler({ metrics: amount("4") })],
      messages: [`${at} it adds pods when they use 4 of CPU, and they are limited to 1, so it never does. Write less`],
    },
    {
      title: "a share of nothing",
      objects: [
        workload("Deployment", { name: "gateway", role: "gateway" }, podSpec({}, [container({ resources: {} })]), {
          replicas: 2,
        }),
        autoscaler({ metrics: cpu({ type: "Utilization", averageUtilization: 80 }) }),
      ],
      messages: [
        `${at} it goes by a share of what pods request, and a container requests no CPU. Give all containers requests`,
      ],
    },
    {
      title: "nodes",
      objects: [peer(), autoscaler({ minReplicas: 1 }, { kind: "StatefulSet", name: "peer0-org1" }, "peer")],
      messages: [
        "stacks/Pulumi.trade.yaml: baas:network.organizations: HorizontalPodAutoscaler trade/peer0-org1: it changes the number of pods of StatefulSet trade/peer0-org1, of role peer. Only gateway, api, chaincode have pods that stand in for each other",
      ],
    },
    {
      title: "a workload that is not there",
      objects: [gateway(), autoscaler({}, { kind: "Deployment", name: "gatewya" }, "gateway", "gateway")],
      messages: [`${at} it is for Deployment gatewya, which this stack does not have. Correct its scaleTargetRef`],
    },
    {
      title: "two for one workload",
      objects: [gateway(), autoscaler({}), autoscaler({}, undefined, "gateway", "second")],
      messages: [
        "stacks/Pulumi.trade.yaml: baas:network.gateway.autoscaling: HorizontalPodAutoscaler trade/second: Deployment trade/gateway has another autoscaler: both change its number of pods. Keep one",
      ],
    },
  ],
  good: [
    { title: "bounds at and above the number in the stack file", objects: [gateway(), autoscaler({})], messages: [] },
    {
      title: "more, where the environment allows it",
      objects: [gateway(), autoscaler({ maxReplicas: 30 })],
      settings: { most: 30 },
      messages: [],
    },
  ],
};
