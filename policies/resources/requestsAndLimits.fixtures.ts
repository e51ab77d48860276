import { container, type Fixtures, peer, podSpec } from "../testing/fixtures";
import { requestsAndLimits } from "./requestsAndLimits";

const of = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer0-org1:";
const limited = (requests: object, limits: object) =>
  peer({}, podSpec({}, [container({ resources: { requests, limits } })]));

export const fixtures: Fixtures = {
  policy: requestsAndLimits,
  bad: [
    {
      title: "a container without resources",
      objects: [peer({}, podSpec({}, [container({ resources: undefined })]))],
      messages: [
        `${of} container "main" lacks resources.requests.cpu, resources.requests.memory, resources.limits.cpu, resources.limits.memory. Set it in the program`,
      ],
    },
    {
      title: "an init container without a limit of memory",
      objects: [
        peer(
          {},
          podSpec({
            initContainers: [
              container({
                name: "first",
                resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1" } },
              }),
            ],
          }),
        ),
      ],
      messages: [`${of} container "first" lacks resources.limits.memory. Set it in the program`],
    },
    {
      title: "a request above the limit",
      objects: [limited({ cpu: "1500m", memory: "1Gi" }, { cpu: 1, memory: "1024Mi" })],
      messages: [
        `${of} container "main" requests 1500m of cpu, more than its limit of 1. Raise the limit in the program`,
      ],
    },
    {
      title: "a limit of nothing, which is none, and a request that cannot be read",
      objects: [limited({ cpu: "1 core", memory: "1Gi" }, { cpu: 1, memory: "0" })],
      messages: [
        `${of} container "main" lacks resources.requests.cpu (1 core is none), resources.limits.memory (0 is none). Set it in the program`,
      ],
    },
  ],
  good: [
    { title: "a container with both", objects: [peer()], messages: [] },
    {
      title: "a request equal to its limit",
      objects: [limited({ cpu: "1000m", memory: "1Gi" }, { cpu: 1, memory: "1024Mi" })],
      messages: [],
    },
  ],
};
