import { container, type Fixtures, peer, podSpec, workload } from "../testing/fixtures";
import { imageTags } from "./imageTags";

const image = (reference: string) => peer({}, podSpec({}, [container({ image: reference })]));
const of = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer0-org1:";
const digest = `sha256:${"0".repeat(64)}`;
const instead = "Write the tag of a version, or a digest";

export const fixtures: Fixtures = {
  policy: imageTags,
  bad: [
    {
      title: "latest, and no tag at a registry with a port",
      objects: [image("docker.io/fabric-peer:latest"), image("registry.example.com:5000/fabric-peer")],
      messages: [
        `${of} image "docker.io/fabric-peer:latest" of container "main" has the tag latest. ${instead}`,
        `${of} image "registry.example.com:5000/fabric-peer" of container "main" has no tag. ${instead}`,
      ],
    },
    {
      title: "what only looks like a digest",
      objects: [image("fabric-peer:latest@oops"), image("fabric-peer@sha256:00")],
      messages: ["fabric-peer:latest@oops", "fabric-peer@sha256:00"].map(
        (reference) => `${of} image "${reference}" of container "main" has no digest after its @. ${instead}`,
      ),
    },
    {
      title: "a chaincode without a tag",
      objects: [
        workload(
          "Deployment",
          { name: "asset-1-0-org1", role: "chaincode", organization: "org1" },
          podSpec({}, [container({ image: "asset" })]),
        ),
      ],
      messages: [
        `stacks/Pulumi.trade.yaml: baas:network.chaincodes[0].image: Deployment trade/asset-1-0-org1: image "asset" of container "main" has no tag. ${instead}`,
      ],
    },
    {
      title: "a tag where only digests will do",
      objects: [image("fabric-peer:2.5.16")],
      settings: { digests: true },
      messages: [
        `${of} image "fabric-peer:2.5.16" of container "main" has a tag and no digest. Write its digest, @sha256:...`,
      ],
    },
  ],
  good: [
    {
      title: "a tag, and a digest",
      objects: [image("registry.example.com:5000/peer:2.5.16"), image(`peer@${digest}`)],
      messages: [],
    },
    { title: "a digest", objects: [image(`peer:latest@${digest}`)], settings: { digests: true }, messages: [] },
  ],
};
