/**
 * What the product itself uses of Kubernetes and Pulumi. Policies refuse everything else, unless the environment allows it by
 * name. Whoever gives the product a new kind, right or open port adds it here; testdata/evasions shows what that must not open.
 */
import { apiVersion, group } from "../../model/contracts/apiGroup";
import { ethereumForksName, isReadByEthereumNodes, laterValidatorsName } from "../../model/contracts/ethereum";
import { kubeStateMetricsName, metricsRootsName, prometheusName } from "../../model/contracts/monitoring";
import { authorityOfRoots, controllerName, controllerNetworkRole } from "../../model/contracts/names";
import { platformCaName } from "../../model/contracts/platformCa";
import { kubeletPort, ports } from "../../model/contracts/ports";
import { definitions } from "../../model/customResources";

/** What a stack describes. */
export type StackKind = "network" | "platform";

const customResources = definitions.map(({ kind }) => `${apiVersion} ${kind}`);

const everywhere = [
  "v1 Namespace",
  "v1 Service",
  "v1 ServiceAccount",
  // In volumeClaimTemplates.
  "v1 PersistentVolumeClaim",
  "apps/v1 Deployment",
  "apps/v1 StatefulSet",
  "networking.k8s.io/v1 NetworkPolicy",
  "policy/v1 PodDisruptionBudget",
  "rbac.authorization.k8s.io/v1 Role",
  "rbac.authorization.k8s.io/v1 RoleBinding",
];

/** Kinds of Kubernetes objects, with their API groups and versions, by what the stack describes. */
export const usedKinds: Record<StackKind, readonly string[]> = {
  network: [
    ...everywhere,
    ...customResources,
    "v1 ConfigMap",
    "v1 Secret",
    "batch/v1 Job",
    // Of the namespace of studios' sessions.
    ...["ResourceQuota", "LimitRange"].map((kind) => `v1 ${kind}`),
    "autoscaling/v2 HorizontalPodAutoscaler",
    "gateway.networking.k8s.io/v1 TLSRoute",
  ],
  platform: [
    ...everywhere,
    // Of Kafka, ZooKeeper and monitoring.
    "v1 ConfigMap",
    // The password of Grafana's administrator.
    "v1 Secret",
    // Of its gateway.
    "gateway.networking.k8s.io/v1 TLSRoute",
    // Of its certificate authority.
    ...["CertificateAuthority", "Identity", "Rollout"].map((kind) => `${apiVersion} ${kind}`),
    "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy",
    "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding",
    "apiextensions.k8s.io/v1 CustomResourceDefinition",
    "rbac.authorization.k8s.io/v1 ClusterRole",
    "rbac.authorization.k8s.io/v1 ClusterRoleBinding",
    // For the Prometheus operator of the cluster.
    ...["PodMonitor", "PrometheusRule", "ServiceMonitor"].map((kind) => `monitoring.coreos.com/v1 ${kind}`),
    ...["AlertmanagerConfig", "ScrapeConfig"].map((kind) => `monitoring.coreos.com/v1alpha1 ${kind}`),
  ],
};

/** Kinds that a platform has besides in the namespace of what sees its machine: a pod on every machine. */
export const kindsOnMachines: readonly string[] = ["apps/v1 DaemonSet"];

/** Kinds that the platform's CustomResourceDefinitions may define. */
export const definedKinds: readonly string[] = customResources;

/** Types of Pulumi resources that are no Kubernetes objects. A component makes nothing itself: its children are checked. */
export const usedTypes: readonly RegExp[] = [
  /^pulumi:pulumi:(Stack|StackReference)$/,
  /^pulumi:providers:(kubernetes|docker|random|pulumi)$/,
  /^baas:index:\w+$/,
  /^docker:index\/image:Image$/,
  /^random:index\/randomPassword:RandomPassword$/,
];

/** Inputs of Kubernetes providers, besides those that name the cluster: `context`, `clusterIdentifier`, `kubeconfig`. */
export const usedProviderInputs: readonly string[] = [
  "enableConfigMapMutable",
  "enableSecretMutable",
  "enableServerSideApply",
  "upsertExistingObjects",
  "version",
];

/** Annotations by which the product tells Pulumi and `apply` what to do. Others take over objects, or change when they go. */
export const usedPulumiAnnotations: readonly string[] = [
  "pulumi.com/deletionPropagationPolicy",
  "pulumi.com/patchFieldManager",
  "pulumi.com/replaceUnready",
  "pulumi.com/skipAwait",
  "pulumi.com/waitFor",
];

/** Fields of Services. Those for more addresses or ports outside the cluster are not among them. */
export const usedServiceFields: readonly string[] = [
  ...["type", "selector", "ports", "clusterIP", "ipFamilies", "ipFamilyPolicy", "publishNotReadyAddresses"],
  ...["externalTrafficPolicy", "internalTrafficPolicy", "sessionAffinity", "loadBalancerClass"],
];

/** Rights, as a rule of a Role has them. */
export interface Right {
  apiGroups?: readonly string[];
  resources?: readonly string[];
  verbs: readonly string[];
  nonResourceURLs?: readonly string[];
  /** Which objects a rule may name, by resourceNames, if it must name some. */
  named?: (name: string) => boolean;
}

const plurals = definitions.map(({ plural }) => plural);

const isOfRoots = (name: string): boolean => authorityOfRoots(name) !== undefined;
const isOfPlatformRoots = (name: string): boolean => authorityOfRoots(name) === platformCaName;
const isPatchedInNetworks = (name: string): boolean =>
  isOfPlatformRoots(name) || [laterValidatorsName, ethereumForksName].includes(name);
const isMetricsRoots = (name: string): boolean => name === metricsRootsName;
const isOfController = (name: string): boolean => name === controllerName;

/** Rights that Roles give in a namespace. */
export const usedRights: readonly Right[] = [
  // Certificate authorities publish their roots.
  { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["get"], named: isOfRoots },
  // The controller tells Prometheus the roots of all networks.
  { apiGroups: [""], resources: ["configmaps"], verbs: ["patch"], named: isMetricsRoots },
  // Ethereum nodes publish who they are, and read the genesis.
  { apiGroups: [""], resources: ["configmaps"], verbs: ["get"], named: isReadByEthereumNodes },
  // The controller elects its leader.
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "update"], named: isOfController },
];

/** Rights that ClusterRoles give, by the names of those that have more than {@link usedClusterRights}. */
export const usedRightsOfRole: Record<string, readonly Right[]> = {
  // Prometheus finds the nodes of all networks, and reads the metrics of kubelets.
  [prometheusName]: [
    { apiGroups: [""], resources: ["services", "nodes"], verbs: ["list", "watch"] },
    { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
  ],
  // It shows states of pods, volumes and workloads, and no Secrets.
  [kubeStateMetricsName]: [
    { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["list", "watch"] },
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list", "watch"] },
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["list", "watch"] },
  ],
  [controllerNetworkRole]: [
    { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "create", "patch", "delete"] },
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"] },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["patch"], named: isPatchedInNetworks },
    { apiGroups: [""], resources: ["pods"], verbs: ["delete"] },
    { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["patch"] },
    { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["list", "patch"] },
    { apiGroups: ["apps"], resources: ["controllerrevisions"], verbs: ["get"] },
  ],
};

/** Rights that any ClusterRole may give. */
export const usedClusterRights: readonly Right[] = [
  { apiGroups: [group], resources: plurals, verbs: ["get", "list", "watch"] },
  { apiGroups: [group], resources: plurals.map((plural) => `${plural}/status`), verbs: ["patch"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] },
  { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
  { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["list", "watch"] },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create"] },
];

/** ClusterRoles that bindings refer to, by the kind of the binding. */
export const boundClusterRoles: Record<string, readonly string[]> = {
  RoleBinding: [controllerNetworkRole],
  ClusterRoleBinding: [controllerName, prometheusName, kubeStateMetricsName],
};

/** The one ServiceAccount outside a stack's own namespace that bindings name: the controller's, in the platform's. */
export const boundAccount = controllerName;

/** The ServiceAccount in the platform's namespace that a ClusterRole is for, by the name of the role. Default: {@link boundAccount}. */
export const accountOfRole: Record<string, string> = {
  [prometheusName]: prometheusName,
  [kubeStateMetricsName]: kubeStateMetricsName,
};

/** Ports to which pods may connect anywhere: the Kubernetes API and DNS have no address that all clusters share. */
export const openEgress: readonly string[] = ["TCP/443", "TCP/6443", "TCP/53", "UDP/53"];

/** Further ports to which pods of a role may connect anywhere: kubelets have the addresses of nodes, which come and go. */
export const openEgressOfRole: Record<string, readonly string[]> = { prometheus: [`TCP/${kubeletPort}`] };

/** Ports of gateways' pods to which anybody may connect. */
export const openIngress: readonly string[] = [`TCP/${ports.gateway}`];
