import { container, type Fixtures, peer, podSpec, workload } from "../testing/fixtures";
import { budget } from "./budget";

const volume = (storage: string) => ({
  volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { resources: { requests: { storage } } } }],
});
const first = peer(volume("10Gi"), podSpec(), "peer0-org1");
const second = peer(volume("10Gi"), podSpec(), "peer1-org1");
const init = container({ resources: { requests: { cpu: "200m", memory: "1Gi" } } });
const replicated = workload(
  "Deployment",
  { name: "gateway", role: "gateway" },
  podSpec({ initContainers: [init, init] }),
  { replicas: 3 },
);
const place = "stacks/Pulumi.trade.yaml: baas:network:";
const settings = { cpu: "1", memory: "4Gi", storage: "20Gi" };

export const fixtures: Fixtures = {
  policy: budget,
  bad: [
    {
      title: "volumes that are too large together",
      objects: [first, second],
      settings: { ...settings, storage: "15Gi" },
      messages: [
        `${place} all pods and volumes together request 20Gi of storage, the budget is 15Gi. Write smaller peerStorage, caStorage and ordering.storage, or raise policies.resources-budget.storage`,
      ],
    },
    {
      title: "replicas, whose init containers count one at a time",
      objects: [replicated],
      settings: { ...settings, cpu: "500m", memory: "2Gi" },
      messages: [
        `${place} all pods and volumes together request 600m of CPU, the budget is 500m. Write fewer nodes, a smaller size, or raise policies.resources-budget.cpu`,
        `${place} all pods and volumes together request 3Gi of memory, the budget is 2Gi. Write fewer nodes, a smaller size, or raise policies.resources-budget.memory`,
      ],
    },
    {
      title: "amounts that no cluster can read",
      objects: [
        workload(
          "Deployment",
          { name: "gateway", role: "gateway" },
          podSpec({}, [container({ resources: { requests: { cpu: "1", memory: "100MB" } } })]),
        ),
      ],
      settings,
      messages: [
        `${place} all pods and volumes together request an unreadable amount of memory, the budget is 4Gi. Write fewer nodes, a smaller size, or raise policies.resources-budget.memory`,
      ],
    },
  ],
  good: [
    {
      title: "a budget in bytes and millionths",
      objects: [first],
      settings: { cpu: "1E3", memory: "1Ei", storage: ".5Ti" },
      messages: [],
    },
    { title: "what fits exactly", objects: [first, second, replicated], settings, messages: [] },
    { title: "a stack of the usual size", objects: [first], messages: [] },
  ],
};
