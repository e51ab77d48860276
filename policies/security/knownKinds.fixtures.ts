import { type Fixtures, object, peer, podSpec } from "../testing/fixtures";
import { knownKinds } from "./knownKinds";

const metadata = { name: "hidden", namespace: "trade" };
const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: podSpec() };
const made = (type: string) => object({}, { type });
const custom = (kind: string, body: object = {}) => object({ apiVersion: "example.com/v1", kind, metadata, ...body });
const of = (kind: string) => `stacks/Pulumi.trade.yaml: baas:network: ${kind}:`;
const byCli = "makes objects that only the Pulumi CLI knows. Declare the objects themselves";
const patches = "changes an object that is declared elsewhere. Declare the object itself, as it should be";

export const fixtures: Fixtures = {
  policy: knownKinds,
  bad: [
    {
      title: "a list of pods",
      objects: [object({ apiVersion: "v1", kind: "PodList", metadata, items: [pod] })],
      messages: [`${of("PodList trade/hidden")} a PodList is many objects. Declare the objects themselves`],
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
  ],
  good: [
    { title: "what Kubernetes itself knows", objects: [peer(), object(pod)], messages: [] },
    {
      title: "custom resources, whatever they are called",
      objects: [custom("Thing"), custom("AllowList"), custom("EnvoyPatch", { spec: {} })],
      messages: [],
    },
  ],
};
