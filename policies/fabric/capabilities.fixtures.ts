import { container, type Fixtures, object, podSpec, workload } from "../testing/fixtures";
import { capabilities } from "./capabilities";

const channel = (type: string, capabilities?: object) =>
  object({
    apiVersion: "baas.io/v1alpha1",
    kind: "Channel",
    metadata: { name: "trades", namespace: "trade" },
    spec: { name: "trades", ordering: { type }, ...(capabilities && { capabilities }) },
  });
const node = (role: "peer" | "orderer", version: string) =>
  workload(
    "StatefulSet",
    { name: `${role}0`, role, organization: "org1" },
    podSpec({}, [
      container({ name: "couchdb", image: "couchdb:1.0" }),
      container({ image: `docker.io/hyperledger/fabric-${role}:${version}` }),
    ]),
  );
const place = "stacks/Pulumi.trade.yaml: baas:network.fabricVersion: StatefulSet trade";

export const fixtures: Fixtures = {
  policy: capabilities,
  bad: [
    {
      title: "a peer that is too old for its channel",
      objects: [channel("etcdraft"), node("peer", "2.4.9"), node("orderer", "2.4.9")],
      messages: [
        `${place}/peer0: version 2.4.9 lacks capability V2_5 (application), which channels have. Write 2.5 or newer`,
      ],
    },
    {
      title: "an orderer that is too old for anything",
      objects: [channel("etcdraft"), node("orderer", "1.4.12")],
      messages: [
        `${place}/orderer0: version 1.4.12 lacks capability V2_0 (channel), which channels have. Write 2.0 or newer`,
        `${place}/orderer0: version 1.4.12 lacks capability V2_0 (orderer), which channels have. Write 2.0 or newer`,
      ],
    },
    {
      title: "nodes that are too old for a raised capability level",
      objects: [
        channel("etcdraft", { channel: "V3_0", orderer: "V2_0", application: "V2_5" }),
        channel("etcdraft"),
        node("peer", "2.5.16"),
        node("orderer", "3.1.5"),
      ],
      messages: [
        `${place}/peer0: version 2.5.16 lacks capability V3_0 (channel), which channels have. Write 3.0 or newer`,
      ],
    },
    {
      title: "a capability level that Fabric does not have",
      objects: [channel("etcdraft", { orderer: "V3_0" }), node("orderer", "3.1.5")],
      messages: [`${place}/orderer0: no version has capability V3_0 (orderer), which channels would have`],
    },
    {
      title: "BFT before 3.0, and Kafka from 3.0 on",
      objects: [channel("bft"), channel("kafka"), node("orderer", "2.5.16"), node("orderer", "3.1.5")],
      messages: [
        `${place}/orderer0: version 2.5.16 has no ordering type bft. Write 3.0 or newer`,
        `${place}/orderer0: version 3.1.5 has ordering type kafka no more. Write a version before 3.0`,
      ],
    },
  ],
  good: [
    {
      title: "nodes of the version that channels need",
      objects: [channel("etcdraft"), node("peer", "2.5.16"), node("orderer", "2.5.16-amd64"), node("peer", "3.1.5")],
      messages: [],
    },
    { title: "nodes without a channel", objects: [node("peer", "1.4.0")], messages: [] },
  ],
};
