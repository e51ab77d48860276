/** Attempts by kinds, namespaces and clusters. */
import { clusterWide, configMap, evasion, hostilePod, identity, ofPlatform, own, tool } from "../../testing/evasion";
import { container, labels, object, podSpec } from "../../testing/fixtures";
import { nodeExporter } from "../../testing/nodeExporter";

const kinds = "security-known-kinds";
const namespaces = "security-namespaces";
const clusters = "security-clusters";

const provider = (inputs: Record<string, unknown>, type = "pulumi:providers:kubernetes") =>
  object({ ...inputs, metadata: undefined }, { type });
const custom = (kind: string, spec: unknown) =>
  own({ apiVersion: "example.com/v1", kind, metadata: { name: "any" }, spec });
const yaml = (value: unknown): string => JSON.stringify(value);
const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "hidden", namespace: "trade" }, spec: hostilePod };
const replicationController = own({
  apiVersion: "v1",
  kind: "ReplicationController",
  metadata: { name: "any" },
  spec: { replicas: 1, template: { metadata: { labels: { a: "b" } }, spec: hostilePod } },
});
const ofFairPods = { template: { metadata: { labels: labels("client", "org1", "tool") }, spec: podSpec() } };
const podTemplate = own({
  apiVersion: "v1",
  kind: "PodTemplate",
  metadata: { name: "any" },
  template: { spec: hostilePod },
});
const hostVolume = clusterWide({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "any" },
  spec: { hostPath: { path: "/" } },
});
const definition = (group: string) =>
  clusterWide(
    {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `things.${group}` },
      spec: { group, names: { kind: "Thing", plural: "things" }, versions: [{ name: "v1" }] },
    },
    "platform-bank",
  );

/** Kinds that the product does not use, alone and inside those that it uses. */
export const ofKinds = [
  evasion(kinds, "a ReplicationController", replicationController),
  evasion("security-pod-security", "the privileged pod of a ReplicationController", replicationController),
  evasion("ports-no-host", "the host network of a ReplicationController", replicationController),
  evasion("resources-requests-and-limits", "a ReplicationController without limits", replicationController),
  evasion(
    kinds,
    "a DaemonSet, whose pods are fair",
    own({ apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "any" }, spec: ofFairPods }),
  ),
  evasion(kinds, "a DaemonSet of a platform beside its node-exporter", nodeExporter({ namespace: "baas-platform" })),
  evasion(
    "security-pod-security",
    "the machine's root in the namespace of the platform",
    nodeExporter({ namespace: "baas-platform" }),
  ),
  ...[
    ["a node-exporter that writes on its machine", { mount: { readOnly: false } }],
    ["a node-exporter that reads the keys of nodes", { security: { runAsUser: 1000 } }],
    ["a node-exporter with the group of nodes", { security: { supplementalGroups: [1000] } }],
    ["a node-exporter in its machine's network", { spec: { hostNetwork: true } }],
    ["a Deployment that is like node-exporter", { kind: "Deployment" }],
  ].map(([title, changes]) => evasion("security-pod-security", `${title}`, nodeExporter(changes as object))),
  evasion(kinds, "a bare Pod", own({ ...pod, spec: podSpec() })),
  evasion(kinds, "a PodTemplate", podTemplate),
  evasion("security-pod-security", "the privileged pod of a PodTemplate", podTemplate),
  evasion(
    kinds,
    "Deployments of another API group",
    own({ apiVersion: "apps.kruise.io/v1", kind: "Deployment", metadata: { name: "any" }, spec: {} }),
  ),
  evasion(
    kinds,
    "an old version of a listed kind",
    own({ apiVersion: "apps/v1beta1", kind: "Deployment", metadata: { name: "any" }, spec: ofFairPods }),
  ),
  evasion(kinds, "a PersistentVolume", hostVolume),
  evasion("security-pod-security", "the host's folder as a PersistentVolume", hostVolume),
  evasion(
    kinds,
    "Endpoints behind a Service, which lead anywhere",
    own({
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name: "any" },
      subsets: [{ addresses: [{ ip: "192.0.2.1" }] }],
    }),
  ),
  evasion(
    kinds,
    "a webhook that sees every Secret",
    clusterWide(
      {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "MutatingWebhookConfiguration",
        metadata: { name: "any" },
        webhooks: [],
      },
      "platform-bank",
    ),
  ),
  evasion(
    kinds,
    "an API server of one's own",
    clusterWide(
      { apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", metadata: { name: "v1.any" }, spec: {} },
      "platform-bank",
    ),
  ),
  evasion(kinds, "a definition of kinds of another group", definition("example.com")),
  evasion(
    kinds,
    "a kind of the platform in a network",
    clusterWide({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "any" },
      rules: [],
    }),
  ),
  evasion(kinds, "a program of this machine", object({}, { type: "command:local:Command" })),
  evasion(kinds, "a dynamic resource, which is any program", object({}, { type: "pulumi-nodejs:dynamic:Resource" })),
  evasion(kinds, "a resource of a cloud", object({}, { type: "aws:iam/user:User" })),
  evasion(kinds, "a provider of another package", provider({}, "pulumi:providers:aws")),
  evasion(kinds, "a manifest in a ConfigMap", configMap({ "pod.yaml": yaml(pod) })),
  evasion(
    kinds,
    "the second manifest of an entry",
    configMap({ all: `a: b\n---\n${yaml({ ...pod, kind: "DaemonSet" })}` }),
  ),
  evasion(kinds, "a manifest in an annotation", configMap({}, { annotations: { "example.com/apply": yaml(pod) } })),
  evasion(kinds, "a manifest in an argument", tool(podSpec({}, [container({ args: ["apply", yaml(pod)] })]))),
  evasion(kinds, "a manifest in a custom resource of a listed kind", identity({ extra: [pod] })),
];

/** Pods where no policy looks for them. */
export const ofPods = [
  evasion(
    "security-pod-security",
    "a pod template in a custom resource of a listed kind",
    identity({ podTemplate: { spec: hostilePod } }),
  ),
  evasion(
    "ports-no-host",
    "a pod template deep in a custom resource",
    custom("Rollout", { a: [{ b: { template: { spec: hostilePod } } }] }),
  ),
  evasion(
    "resources-requests-and-limits",
    "containers without limits in a custom resource",
    custom("Rollout", { template: { spec: hostilePod } }),
  ),
  evasion(
    "security-image-tags",
    "an image without a version in a custom resource",
    custom("Rollout", { template: { spec: { containers: [{ name: "a", image: "docker.io/tool:latest" }] } } }),
  ),
  evasion(
    "security-image-registries",
    "an image from elsewhere in a custom resource",
    identity({ template: { spec: { containers: [{ name: "a", image: "quay.io/tool:1" }] } } }),
  ),
  evasion(
    "security-pod-security",
    "a pod template in a file of a ConfigMap",
    configMap({ "template.yaml": yaml({ spec: hostilePod }) }),
  ),
  evasion(
    "security-pod-security",
    "a privileged Deployment in a file of a ConfigMap",
    configMap({
      "d.yaml": yaml({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "a", namespace: "trade" },
        spec: { template: { spec: hostilePod } },
      }),
    }),
  ),
  evasion(
    "security-pod-security",
    "init containers alone",
    identity({ pods: { initContainers: hostilePod.containers } }),
  ),
  evasion(
    "security-pod-security",
    "switches of a custom resource for its operator",
    identity({ deployment: { hostNetwork: true } }),
  ),
  evasion("security-pod-security", "a privileged custom resource", identity({ securityContext: { privileged: true } })),
  evasion(
    "security-pod-security",
    "a folder of the machine in a custom resource",
    identity({ storage: { hostPath: { path: "/var/lib" } } }),
  ),
  evasion(
    "security-pod-security",
    "AppArmor off by an annotation",
    tool(podSpec(), {
      template: {
        metadata: {
          labels: labels("client", "org1", "tool"),
          annotations: { "container.apparmor.security.beta.kubernetes.io/main": "unconfined" },
        },
        spec: podSpec(),
      },
    }),
  ),
  evasion(
    "security-pod-security",
    "a driver's volume in a pod",
    tool(podSpec({ volumes: [{ name: "a", csi: { driver: "hostpath.csi.k8s.io" } }] })),
  ),
  evasion(
    "storage-classes",
    "a claim on a volume that is there already",
    own({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "any" },
      spec: { storageClassName: "", volumeName: "root-of-the-machine" },
    }),
  ),
];

/** Objects outside the namespaces of a stack. */
export const ofNamespaces = [
  evasion(
    namespaces,
    "an object in kube-system",
    own({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "any", namespace: "kube-system" }, data: {} }),
  ),
  evasion(
    namespaces,
    "an object of a network in the platform's namespace",
    own({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "any", namespace: "baas-platform" } }),
  ),
  evasion(
    namespaces,
    "an object in another network's namespace",
    own({ apiVersion: "v1", kind: "Service", metadata: { name: "any", namespace: "loans" }, spec: {} }),
  ),
  evasion(
    namespaces,
    "an object without a namespace",
    clusterWide({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "any" }, data: {} }),
  ),
  evasion(
    namespaces,
    "another network's Namespace",
    clusterWide({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "loans", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    }),
  ),
  evasion(
    namespaces,
    "an object of the platform in a network's namespace",
    ofPlatform({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "any", namespace: "trade" } }),
  ),
  evasion(
    namespaces,
    "a manifest for kube-system in a ConfigMap",
    configMap({
      "a.yaml": yaml({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "any", namespace: "kube-system" } }),
    }),
  ),
];

/** Other clusters. */
export const ofClusters = [
  evasion(
    clusters,
    "a provider of another context",
    provider({ context: "production", kubeconfig: "", clusterIdentifier: "production" }),
  ),
  evasion(
    clusters,
    "a provider with a kubeconfig of its own",
    provider({ context: "bank", kubeconfig: "/tmp/other", clusterIdentifier: "bank" }),
  ),
  evasion(clusters, "a provider of the current context", provider({ version: "4.24.0" })),
  evasion(
    clusters,
    "a provider that names another cluster of the kubeconfig",
    provider({ context: "bank", kubeconfig: "", cluster: "production" }),
  ),
  evasion(
    clusters,
    "a provider with a namespace for objects that name none",
    provider({ context: "bank", kubeconfig: "", namespace: "kube-system" }),
  ),
  evasion(
    clusters,
    "a provider that writes files instead",
    provider({ context: "bank", kubeconfig: "", renderYamlToDirectory: "/tmp" }),
  ),
  evasion(
    clusters,
    "images built by another machine",
    provider({ host: "tcp://192.0.2.1:2375" }, "pulumi:providers:docker"),
  ),
];

const extensions = "security-extensions";
const ofIdentities = (spec: object, name = "identities.baas.io") =>
  clusterWide(
    {
      ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name } },
      spec: {
        ...{ group: "baas.io", names: { kind: "Identity", plural: "identities" }, versions: [{ name: "v1alpha1" }] },
        ...spec,
      },
    },
    "platform-bank",
  );
const names = { kind: "Identity", plural: "identities" };
const admission = (kind: string, name: string, spec: object) =>
  clusterWide({ apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: { name }, spec }, "platform-bank");
const everything = [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"] }];
const denyingAll = { matchConstraints: { resourceRules: everything }, validations: [{ expression: "false" }] };

/** What a platform tells the API server, under listed kinds. */
export const ofExtensions = [
  evasion(extensions, "a listed kind by the name of another", ofIdentities({ names: { ...names, plural: "pods" } })),
  evasion(
    extensions,
    "short names of Kubernetes' own",
    ofIdentities({ names: { ...names, shortNames: ["po", "secrets"] } }),
  ),
  evasion(extensions, "a category of Kubernetes' own", ofIdentities({ names: { ...names, categories: ["all"] } })),
  evasion(extensions, "a listed kind in no namespace", ofIdentities({ scope: "Cluster" })),
  evasion(extensions, "a listed kind of any content", ofIdentities({ preserveUnknownFields: true })),
  evasion(
    extensions,
    "a listed kind that an address outside converts",
    ofIdentities({
      conversion: { strategy: "Webhook", webhook: { clientConfig: { url: "https://example.com" } } },
    }),
  ),
  evasion(
    extensions,
    "a listed kind with a schema of one's own",
    ofIdentities({ versions: [{ name: "v1alpha1", schema: { openAPIV3Schema: { type: "object" } } }] }),
  ),
  ...["any", "ownership.baas.io"].flatMap((name) => [
    evasion(
      extensions,
      `an admission policy "${name}" that stops everything`,
      admission("ValidatingAdmissionPolicy", name, denyingAll),
    ),
    evasion(
      extensions,
      `a binding "${name}" with other parameters`,
      admission("ValidatingAdmissionPolicyBinding", name, { policyName: name, paramRef: { name: "a" } }),
    ),
  ]),
];
