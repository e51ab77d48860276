import { container, type Fixtures, podSpec, type Resource, workload } from "../testing/fixtures";
import { versionNeverFalls } from "./versionNeverFalls";

// In testdata/project/.baas/state/trade.json, peer1-org1 was applied with Fabric 3.1.5.
const peer = (image: string, name = "peer1-org1"): Resource =>
  workload("StatefulSet", { name, role: "peer", organization: "org1" }, podSpec({}, [container({ image })]));

export const fixtures: Fixtures = {
  policy: versionNeverFalls,
  bad: [
    {
      title: "an older release series",
      objects: [peer("docker.io/hyperledger/fabric-peer:2.5.16")],
      messages: [
        "stacks/Pulumi.trade.yaml: baas:network.fabricVersion: StatefulSet trade/peer1-org1: the version would be 2.5.16, and has been 3.1.5 since the last apply. Write 3.1.5, or a newer one",
      ],
    },
  ],
  good: [
    { title: "the same version", objects: [peer("docker.io/hyperledger/fabric-peer:3.1.5")], messages: [] },
    { title: "a newer version", objects: [peer("docker.io/hyperledger/fabric-peer:3.1.6")], messages: [] },
    { title: "an older patch release", objects: [peer("docker.io/hyperledger/fabric-peer:3.1.4")], messages: [] },
    {
      title: "an image that does not say its version",
      objects: [peer(`docker.io/hyperledger/fabric-peer@sha256:${"0".repeat(64)}`)],
      messages: [],
    },
    {
      title: "a node that was not there",
      objects: [peer("docker.io/hyperledger/fabric-peer:2.5.16", "peer0-org9")],
      messages: [],
    },
  ],
};
