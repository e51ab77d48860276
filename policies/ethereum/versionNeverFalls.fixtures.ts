import { container, type Fixtures, object, podSpec, type Resource } from "../testing/fixtures";
import { ethereumVersionNeverFalls } from "./versionNeverFalls";

// In testdata/project/.baas/state/coins.json, validator0 was applied with Besu 26.8.0.
const validator = (image: string, name = "validator0"): Resource => {
  const metadata = { labels: { "app.kubernetes.io/component": "validator" } };
  return object(
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name, namespace: "coins" },
      spec: { template: { metadata, spec: podSpec({}, [container({ image })]) } },
    },
    { stack: "coins", component: "Validator" },
  );
};

export const fixtures: Fixtures = {
  policy: ethereumVersionNeverFalls,
  bad: [
    {
      title: "an older release",
      objects: [validator("docker.io/hyperledger/besu:26.7.1")],
      messages: [
        "stacks/Pulumi.coins.yaml: baas:ethereum: StatefulSet coins/validator0: it would run Besu 26.7.1, and has run 26.8.0 since the " +
          "last apply. Write 26.8.0, or a newer one, where the image is named: infra/versions.yaml, or images.overrides of the environment",
      ],
    },
  ],
  good: [
    { title: "the same release", objects: [validator("mirror.example.com/besu:26.8.0")], messages: [] },
    { title: "a newer release", objects: [validator("docker.io/hyperledger/besu:26.10.0")], messages: [] },
    {
      title: "an image that does not say its release",
      objects: [validator(`docker.io/hyperledger/besu@sha256:${"0".repeat(64)}`)],
      messages: [],
    },
    {
      title: "a node that was not there",
      objects: [validator("docker.io/hyperledger/besu:26.7.1", "validator4")],
      messages: [],
    },
  ],
};
