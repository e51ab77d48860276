import { container, type Fixtures, object, peer, podSpec, workload } from "../testing/fixtures";
import { imageRegistries } from "./imageRegistries";

const image = (reference: string) => peer({}, podSpec({}, [container({ image: reference })]));
const of = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer0-org1:";
const remedy =
  "Push it to registry.bank.example/baas, or add its registry to policies.security-image-registries.allowed in stacks/environments/bank.yaml";

const ofKubernetes = "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.17.0";

export const fixtures: Fixtures = {
  policy: imageRegistries,
  bad: [
    {
      title: "an image from elsewhere",
      objects: [image("quay.io/someone/peer:1")],
      messages: [
        `${of} image "quay.io/someone/peer:1" of container "main" is of none of docker.io, registry.bank.example/baas. ${remedy}`,
      ],
    },
    {
      title: "of a network, an image that is the platform's",
      objects: [image(ofKubernetes)],
      messages: [
        `${of} image "${ofKubernetes}" of container "main" is of none of docker.io, registry.bank.example/baas. ${remedy}`,
      ],
    },
    {
      title: "another folder of the project's registry, and one that only begins alike",
      objects: [image("registry.bank.example/other/peer:1"), image("registry.bank.example/baas-copy/peer:1")],
      messages: ["other/peer:1", "baas-copy/peer:1"].map(
        (path) =>
          `${of} image "registry.bank.example/${path}" of container "main" is of none of docker.io, registry.bank.example/baas. ${remedy}`,
      ),
    },
    {
      title: "a chaincode from elsewhere",
      objects: [
        workload(
          "Deployment",
          { name: "asset-1-0-org1", role: "chaincode", organization: "org1" },
          podSpec({}, [container({ image: "ghcr.io/asset:1" })]),
        ),
      ],
      settings: { allowed: ["ghcr.io/bank"] },
      messages: [
        `stacks/Pulumi.trade.yaml: baas:network.chaincodes[0].image: Deployment trade/asset-1-0-org1: image "ghcr.io/asset:1" of container "main" is of none of docker.io, registry.bank.example/baas, ghcr.io/bank. ${remedy}`,
      ],
    },
  ],
  good: [
    {
      title: "the environment's registries, docker.io unwritten",
      objects: [
        image("hyperledger/fabric-peer:2.5.16"),
        image("couchdb:3"),
        image("registry.bank.example/baas/enrol:1"),
      ],
      messages: [],
    },
    {
      title: "a registry that the environment allows",
      objects: [image("ghcr.io/bank/asset:1")],
      settings: { allowed: ["ghcr.io/bank/"] },
      messages: [],
    },
    {
      title: "one image that the environment allows",
      objects: [image("ghcr.io/acme/cc:1")],
      settings: { allowed: ["ghcr.io/acme/cc"] },
      messages: [],
    },
    {
      title: "of the platform, an image that docker.io has not",
      objects: [
        object(
          {
            ...{
              apiVersion: "apps/v1",
              kind: "Deployment",
              metadata: { name: "kube-state-metrics", namespace: "baas-platform" },
            },
            spec: { template: { spec: podSpec({}, [container({ image: ofKubernetes })]) } },
          },
          { stack: "platform-bank" },
        ),
      ],
      messages: [],
    },
    {
      title: "what makes no pods",
      objects: [object({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "none" }, spec: {} })],
      messages: [],
    },
  ],
};
