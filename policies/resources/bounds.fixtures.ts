import { container, peer, podSpec, workload, type Fixtures } from "../testing/fixtures";
import { resourceBounds } from "./bounds";

const of = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer0-org1:";
const change = "Choose another size in the stack file, or set other bounds for the role";
const pod = (requests: object, limits: object) => podSpec({}, [container({ resources: { requests, limits } })]);

export const fixtures: Fixtures = {
  policy: resourceBounds,
  bad: [
    {
      title: "a peer that requests less memory than an idle one takes",
      objects: [peer({}, pod({ cpu: "50m", memory: "64Mi" }, { cpu: "1", memory: "1Gi" }))],
      messages: [`${of} its pod requests 64Mi of memory; a peer needs 96Mi at least. ${change}`],
    },
    {
      title: "a peer that may take a whole machine",
      objects: [peer({}, pod({ cpu: "1", memory: "1Gi" }, { cpu: "100", memory: "1Ti" }))],
      messages: [
        `${of} its pod may take 1Ti of memory; a peer gets 64Gi at most. ${change}`,
        `${of} its pod may take 100 CPU; a peer gets 16 at most. ${change}`,
      ],
    },
    {
      title: "what the environment finds too much",
      objects: [peer()],
      settings: { roles: { peer: { mostCpu: "500m" } } },
      messages: [`${of} its pod may take 1 CPU; a peer gets 500m at most. ${change}`],
    },
  ],
  good: [
    {
      title: "what its role needs, and a role without bounds",
      objects: [
        peer(),
        workload(
          "Deployment",
          { name: "backup", role: "backup" },
          pod({ cpu: "1m", memory: "1Mi" }, { cpu: 1, memory: 1 }),
        ),
      ],
      messages: [],
    },
    {
      title: "containers that are enough together",
      objects: [
        peer(
          {},
          podSpec({}, [
            container(),
            container({ resources: { requests: { memory: "1Mi" }, limits: { memory: "1Gi" } } }),
          ]),
        ),
      ],
      messages: [],
    },
  ],
};
