import { container, type Fixtures, object, peer, podSpec, workload } from "../testing/fixtures";
import { resourceBounds } from "./bounds";

const of = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer0-org1:";
const change = "Choose another size in the stack file, or set other bounds for the role";
const pod = (requests: object, limits: object) => podSpec({}, [container({ resources: { requests, limits } })]);

const whole = pod({ cpu: "1", memory: "1Gi" }, { cpu: "100", memory: "1Gi" });
const roleless = object({ apiVersion: "v1", kind: "Pod", metadata: { name: "any", namespace: "trade" }, spec: whole });

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
        `${of} its pod may take 100 of CPU; a peer gets 16 at most. ${change}`,
      ],
    },
    {
      title: "what the environment finds too much",
      objects: [peer()],
      settings: { roles: { peer: { mostCpu: "500m" } } },
      messages: [`${of} its pod may take 1 of CPU; a peer gets 500m at most. ${change}`],
    },
    {
      title: "a broker that requests less memory than an idle one takes",
      objects: [workload("StatefulSet", { name: "log", role: "kafka" })],
      messages: [
        `stacks/Pulumi.trade.yaml: baas:network: StatefulSet trade/log: its pod requests 128Mi of memory; a kafka needs 256Mi at least. ${change}`,
      ],
    },
    {
      title: "pods of an unknown role, and of none, that may take a whole machine",
      objects: [workload("Deployment", { name: "backup", role: "backup" }, whole), roleless],
      messages: [
        `stacks/Pulumi.trade.yaml: baas:network: Deployment trade/backup: its pod may take 100 of CPU; a backup gets 8 at most. ${change}`,
        `stacks/Pulumi.trade.yaml: baas:network: Pod trade/any: its pod may take 100 of CPU; a pod without a role gets 8 at most. ${change}`,
      ],
    },
    {
      title: "another role than the one that the environment has bounds for, and what cannot be read",
      objects: [peer({}, pod({ memory: "1Gi" }, { cpu: "1 core", memory: "1Gi" }))],
      settings: { roles: { orderer: {} } },
      messages: [`${of} its pod may take an unreadable amount of CPU; a peer gets 16 at most. ${change}`],
    },
  ],
  good: [
    {
      title: "what its role needs, and an unknown role with no more than others",
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
