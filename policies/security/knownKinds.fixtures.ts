import { type Fixtures, object, peer, podSpec } from "../testing/fixtures";
import { nodeExporter } from "../testing/nodeExporter";
import { knownKinds } from "./knownKinds";

const metadata = { name: "hidden", namespace: "trade" };
const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: podSpec() };
const made = (type: string) => object({}, { type });
const custom = (kind: string, body: object = {}) => object({ apiVersion: "example.com/v1", kind, metadata, ...body });
const of = (kind: string) => `stacks/Pulumi.trade.yaml: baas:network: ${kind}:`;
const byCli = "makes objects that only the Pulumi CLI knows. Declare the objects themselves";
const patches = "changes an object that is declared elsewhere. Declare the object itself, as it should be";

const orAllow = "or allow it by policies.security-known-kinds.allowed in stacks/environments/bank.yaml";
const unlisted = (kind: string, stack = "network") => `a ${stack} of the product has no ${kind}. Remove it, ${orAllow}`;
const file = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "pod.yaml": JSON.stringify(pod) } };

export const fixtures: Fixtures = {
  policy: knownKinds,
  bad: [
    {
      title: "pods on every machine in another namespace of a platform that has some",
      objects: [nodeExporter({ namespace: "baas-platform" })],
      messages: [
        `stacks/Pulumi.platform-bank.yaml: baas:platform: DaemonSet baas-platform/node-exporter: ${unlisted("apps/v1 DaemonSet", "platform")}`,
      ],
    },
    {
      title: "a list of pods",
      objects: [object({ apiVersion: "v1", kind: "PodList", metadata, items: [pod] })],
      messages: [
        `${of("PodList trade/hidden")} a PodList is many objects. Declare the objects themselves`,
        `${of("Pod trade/hidden in items[0] of PodList trade/hidden")} ${unlisted("v1 Pod")}`,
      ],
    },
    {
      title: "a list of custom resources",
      objects: [custom("ThingList", { items: [] })],
      messages: [`${of("ThingList trade/hidden")} a ThingList is many objects. Declare the objects themselves`],
    },
    {
      title: "a patch, of Kubernetes' own object or another",
      objects: [
        object({ ...pod, apiVersion: "apps/v1", kind: "Deployment" }, { type: "kubernetes:apps/v1:DeploymentPatch" }),
        object({ ...pod, apiVersion: "example.com/v1" }, { type: "kubernetes:example.com/v1:PodPatch" }),
      ],
      messages: [
        `${of("DeploymentPatch trade/hidden")} a DeploymentPatch ${patches}`,
        `${of("PodPatch trade/hidden")} a PodPatch ${patches}`,
      ],
    },
    {
      title: "a chart, and a release of one",
      objects: [made("kubernetes:helm.sh/v4:Chart"), made("kubernetes:helm.sh/v3:Release")],
      messages: [
        `${of("Chart unnamed")} kubernetes:helm.sh/v4:Chart ${byCli}`,
        `${of("Release unnamed")} kubernetes:helm.sh/v3:Release ${byCli}`,
      ],
    },
    {
      title: "files of objects",
      objects: [
        made("kubernetes:yaml:ConfigFile"),
        made("kubernetes:yaml/v2:ConfigGroup"),
        made("kubernetes:kustomize:Directory"),
        made("kubernetes:kustomize/v2:Directory"),
      ],
      messages: [
        `${of("ConfigFile unnamed")} kubernetes:yaml:ConfigFile ${byCli}`,
        `${of("ConfigGroup unnamed")} kubernetes:yaml/v2:ConfigGroup ${byCli}`,
        `${of("Directory unnamed")} kubernetes:kustomize:Directory ${byCli}`,
        `${of("Directory unnamed")} kubernetes:kustomize/v2:Directory ${byCli}`,
      ],
    },
    {
      title: "a pod as a custom resource",
      objects: [object(pod, { type: "kubernetes:v1:Pod" })],
      messages: [
        `${of("Pod trade/hidden")} kubernetes:v1:Pod is no type of Kubernetes' own objects. Declare it as kubernetes:core/v1:Pod`,
      ],
    },
    {
      title: "a pod as something else",
      objects: [object(pod, { type: "kubernetes:core/v1:ConfigMap" })],
      messages: [
        `${of("ConfigMap trade/hidden")} kubernetes:core/v1:ConfigMap has apiVersion and kind v1 Pod. Declare it by the type of that kind`,
      ],
    },
    {
      title: "kinds that the product does not use, alone or in a text",
      objects: [custom("Thing"), object(file)],
      messages: [
        `${of("Thing trade/hidden")} ${unlisted("example.com/v1 Thing")}`,
        `${of("Pod trade/hidden in data.pod.yaml of ConfigMap trade/hidden")} ${unlisted("v1 Pod")}`,
      ],
    },
    {
      title: "what is no object of Kubernetes",
      objects: [made("command:local:Command")],
      messages: [
        `stacks/Pulumi.trade.yaml: baas:network: unnamed: the product uses no command:local:Command. Remove it, ${orAllow}`,
      ],
    },
    {
      title: "definitions of other kinds, and a network's kinds in a platform",
      objects: [
        object(
          {
            apiVersion: "apiextensions.k8s.io/v1",
            kind: "CustomResourceDefinition",
            metadata: { name: "things.example.com" },
            spec: { group: "example.com", names: { kind: "Thing" }, versions: [{ name: "v1" }] },
          },
          { stack: "platform-bank" },
        ),
        object({ apiVersion: "batch/v1", kind: "Job", metadata }, { stack: "platform-bank" }),
      ],
      messages: [
        `stacks/Pulumi.platform-bank.yaml: baas:platform: CustomResourceDefinition things.example.com: ${unlisted("example.com/v1 Thing", "platform")}`,
        `stacks/Pulumi.platform-bank.yaml: baas:platform: Job trade/hidden: ${unlisted("batch/v1 Job", "platform")}`,
      ],
    },
  ],
  good: [
    { title: "the pods on every machine that a platform has", objects: [nodeExporter()], messages: [] },
    {
      title: "what the product uses",
      objects: [
        peer(),
        object({ ...file, data: {} }),
        made("baas:index:Peer"),
        object({ ...file, data: {} }, { stack: "platform-bank" }),
      ],
      messages: [],
    },
    {
      title: "what the environment allows, whatever it is called",
      objects: [
        custom("Thing"),
        custom("AllowList"),
        custom("EnvoyPatch", { spec: {} }),
        object(pod),
        made("aws:s3/bucket:Bucket"),
      ],
      settings: {
        allowed: [
          "v1 Pod",
          "aws:s3/bucket:Bucket",
          ...["Thing", "AllowList", "EnvoyPatch"].map((kind) => `example.com/v1 ${kind}`),
        ],
      },
      messages: [],
    },
  ],
};
