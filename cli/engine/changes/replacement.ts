/** Which changes make a provider replace a resource: delete the old one and create another. */
import { groupOf, kindOfType } from "../../../model/pulumi/kubernetesTypes";
import { parsePath } from "../declared/propertyPaths";
import type { Registration } from "../declared/registration";
import { isRandom } from "../declared/resourceTypes";
import type { Path } from "../declared/values";
import type { Difference } from "./differences";

// From the Kubernetes provider, provider/pkg/provider/diff.go; every kind also for its name and namespace. Kinds and
// fields that the API server refuses to change but the provider does not replace are not here: apply reports those.
const selector = "spec.selector";
const podFields =
  "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork hostPID " +
  "hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName readinessGates " +
  "restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName " +
  "shareProcessNamespace subdomain terminationGracePeriodSeconds volumes";
const replacedOnChange: Record<string, string[]> = {
  "/ConfigMap": ["data", "binaryData"],
  "/PersistentVolumeClaim": ["spec.accessModes", selector, "spec.storageClassName", "spec.volumeName"],
  "/Pod": ["spec.containers[*]", "spec.initContainers[*]", ...podFields.split(" ").map((field) => `spec.${field}`)],
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type", "stringData", "data"],
  "/Service": ["spec.clusterIP"],
  "apps/DaemonSet": [selector],
  "apps/Deployment": [selector],
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    selector,
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", selector, "spec.template"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
};

/**
 * Returns the paths whose change replaces a resource.
 *
 * @param provider - inputs of its explicit provider
 */
export function replacingPaths(
  { type, inputs, options }: Registration,
  provider: Record<string, unknown> = {},
): Path[] {
  return [...providerPaths(type, inputs, provider), ...(options.replaceOnChanges ?? [])].map(parsePath);
}

function providerPaths(type: string, inputs: Record<string, unknown>, provider: Record<string, unknown>): string[] {
  if (isRandom(type)) return ["*"];
  if (type === "pulumi:providers:kubernetes") return ["clusterIdentifier"];
  const kind = kindOfType(type);
  if (kind === undefined) return [];
  const known = replacedOnChange[`${groupOf(kind.apiVersion)}/${kind.kind}`] ?? [];
  const mutable = (flag: string): boolean => String(provider[flag]) === "true" && inputs.immutable !== true;
  const inPlace =
    (kind.kind === "ConfigMap" && mutable("enableConfigMapMutable")) ||
    (kind.kind === "Secret" && mutable("enableSecretMutable"));
  return ["metadata.name", "metadata.namespace", ...(inPlace ? known.filter((path) => path === "type") : known)];
}

/** Whether a difference affects the field of a pattern: at its path, or inside a new or changed value there. */
export function touches(pattern: Path, { path, after }: Difference): boolean {
  const shared = Math.min(pattern.length, path.length);
  if (!pattern.slice(0, shared).every((part, i) => part === "*" || part === path[i])) return false;
  return pattern.length <= path.length || holds(after, pattern.slice(shared));
}

function holds(value: unknown, pattern: Path): boolean {
  const [part, ...rest] = pattern;
  if (part === undefined) return value !== undefined;
  if (part === "*") return Object.values(value ?? {}).some((inner) => holds(inner, rest));
  return typeof value === "object" && value !== null && holds((value as Record<string, unknown>)[part], rest);
}
