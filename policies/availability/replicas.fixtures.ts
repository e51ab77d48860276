import { type Fixtures, podSpec, workload } from "../testing/fixtures";
import { replicas } from "./replicas";

const gateway = (count?: number) =>
  workload(
    "Deployment",
    { name: "gateway", role: "gateway" },
    podSpec(),
    count === undefined ? {} : { replicas: count },
  );
const filter = (replicas: number) =>
  workload("Deployment", { name: "json-rpc", role: "json-rpc" }, podSpec(), { replicas });
const chaincode = workload("Deployment", { name: "asset-1-0-org1", role: "chaincode", organization: "org1" });

export const fixtures: Fixtures = {
  policy: replicas,
  bad: [
    {
      title: "one gateway",
      objects: [gateway(1)],
      messages: [
        "stacks/Pulumi.trade.yaml: baas:network.gateway.replicas: Deployment trade/gateway: it has 1 replica. Write 2, or more",
      ],
    },
    {
      title: "fewer chaincode servers than the environment wants",
      objects: [chaincode],
      settings: { least: { chaincode: 3 } },
      messages: [
        "stacks/Pulumi.trade.yaml: baas:network.chaincodes[0].replicas: Deployment trade/asset-1-0-org1: it has 1 replica. Write 3, or more",
      ],
    },
  ],
  good: [
    { title: "two gateways", objects: [gateway(2)], messages: [] },
    { title: "two filters of JSON-RPC", objects: [filter(2)], messages: [] },
    { title: "one chaincode server", objects: [chaincode], messages: [] },
    { title: "one gateway, where one is enough", objects: [gateway()], settings: { least: {} }, messages: [] },
  ],
};
