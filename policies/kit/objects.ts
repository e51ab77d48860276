/** Kubernetes objects as policies see them: identified by kind and labels, never by name. */
import { organizationLabel, type Role, roleLabel } from "../../model/contracts/labels";
import { kindOfType } from "../../model/pulumi/kubernetesTypes";

/** A registered Kubernetes object. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
  labels: Record<string, string>;
  /** The object itself. Even fields that the API server requires may be missing. */
  body: any;
  urn: string;
  /** For an object inside another one, where it stands: `data.pod.yaml of ConfigMap trade/files`. */
  within?: string;
}

/**
 * The object that a resource declares; undefined if the resource is no Kubernetes object.
 *
 * @param properties - inputs of the resource
 */
export function objectOf(type: string, properties: any, urn: string): KubernetesObject | undefined {
  const kind = kindOfType(type) ?? groupless(type);
  if (kind === undefined) return undefined;
  const { name = "", namespace, labels = {} } = properties.metadata ?? {};
  return { ...kind, name, ...(namespace !== undefined && { namespace }), labels, body: properties, urn };
}

// The Pulumi CLI accepts a core object declared as CustomResource (`kubernetes:v1:Pod`), and policies must see it, too.
function groupless(type: string): { apiVersion: string; kind: string } | undefined {
  const [, apiVersion, kind] = /^kubernetes:([^/:]+):([^:]+)$/.exec(type) ?? [];
  return apiVersion === undefined || kind === undefined ? undefined : { apiVersion, kind };
}

/** Name of the object in messages: `StatefulSet trade/peer0-org1`. */
export function called({ kind, name, namespace, within }: KubernetesObject): string {
  const itself = `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
  if (within === undefined) return itself;
  return `${name === "" ? kind : itself} in ${within}`;
}

/** Whether an object is a pod that stands inside another object without a kind of its own, as in a template. */
export function isPodOfTemplate({ within, body }: KubernetesObject): boolean {
  return within !== undefined && body.kind === undefined;
}

/** Role of an object, from its labels; for a workload, from the labels of its pods. */
export function roleOf(object: KubernetesObject): Role | undefined {
  return (podOf(object)?.labels ?? object.labels)[roleLabel] as Role | undefined;
}

/** Organization that an object belongs to. */
export function organizationOf(object: KubernetesObject): string | undefined {
  return (podOf(object)?.labels ?? object.labels)[organizationLabel];
}

/** Kinds whose pods are replicas of each other. */
export const replicated = ["Deployment", "StatefulSet"] as const satisfies readonly string[];

/**
 * Groups workloads whose pods can replace each other. A Deployment is a group by itself. StatefulSets of one role and
 * organization are a group, because each node is a StatefulSet of its own; sessions of studios are not, as each is a developer's.
 */
export function kin(objects: readonly KubernetesObject[]): KubernetesObject[][] {
  const groups = new Map<string, KubernetesObject[]>();
  for (const object of objects) {
    const { kind, name } = object;
    const role = roleOf(object);
    if (role === undefined || !replicated.some((each) => each === kind)) continue;
    const whose = kind === "StatefulSet" && role !== "studio-session" ? organizationOf(object) : name;
    const key = [namespaceOf(object), kind, role, whose].join("\0");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [object]);
    else group.push(object);
  }
  return [...groups.values()];
}

/** Namespace of an object: `default` if it names none, as in the API server. */
export function namespaceOf({ namespace = "default" }: KubernetesObject): string {
  return namespace;
}

/** Kinds that make pods. */
export const workloads = [
  "Pod",
  "PodTemplate",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "ReplicationController",
  "Job",
  "CronJob",
] as const satisfies readonly string[];

/** The pods that a workload makes. */
export interface PodTemplate {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** `PodSpec`. */
  spec: any;
  /** How many there are at one time. */
  count: number;
}

/** The pods that an object makes; undefined if it makes none. */
export function podOf({ kind, labels, body }: KubernetesObject): PodTemplate | undefined {
  const spec = body.spec ?? {};
  const from = (template: any, count: number): PodTemplate => ({
    labels: template?.metadata?.labels ?? {},
    annotations: template?.metadata?.annotations ?? {},
    spec: template?.spec ?? {},
    count,
  });
  switch (kind) {
    case "Pod":
      return { labels, annotations: body.metadata?.annotations ?? {}, spec, count: 1 };
    case "PodTemplate":
      return from(body.template, 1);
    case "Deployment":
    case "StatefulSet":
    case "ReplicaSet":
    case "ReplicationController":
      return from(spec.template, spec.replicas ?? 1);
    case "DaemonSet":
      return from(spec.template, 1);
    case "Job":
      return from(spec.template, spec.parallelism ?? 1);
    case "CronJob":
      return from(spec.jobTemplate?.spec?.template, spec.jobTemplate?.spec?.parallelism ?? 1);
    default:
      return undefined;
  }
}

/** Whether a HorizontalPodAutoscaler changes the number of an object's pods. */
export function scales({ kind, namespace, body }: KubernetesObject, object: KubernetesObject): boolean {
  const target = body.spec?.scaleTargetRef ?? {};
  return (
    kind === "HorizontalPodAutoscaler" &&
    (namespace ?? "default") === namespaceOf(object) &&
    target.kind === object.kind &&
    target.name === object.name
  );
}

/** How many pods these workloads make together. */
export function podCount(workloads: readonly KubernetesObject[]): number {
  return workloads.reduce((sum, object) => sum + (podOf(object)?.count ?? 0), 0);
}

/** A container with its place in the pod: `initContainers[0]`. */
export interface PlacedContainer {
  container: any;
  path: string;
}

/** All containers of a pod, in the order in which they start. */
export function containersOf({ spec }: Pick<PodTemplate, "spec">): PlacedContainer[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    (spec[list] ?? []).map((container: any, i: number) => ({ container, path: `${list}[${i}]` })),
  );
}

/** Objects by their namespaces, so that each is compared with its neighbours only. */
export function byNamespace(objects: readonly KubernetesObject[]): Map<string, KubernetesObject[]> {
  const groups = new Map<string, KubernetesObject[]>();
  for (const object of objects) {
    const group = groups.get(namespaceOf(object));
    if (group === undefined) groups.set(namespaceOf(object), [object]);
    else group.push(object);
  }
  return groups;
}

/** Whether a label selector selects these labels. An empty selector selects everything. */
export function selects(selector: any, labels: Record<string, string>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }: any) => {
      const has = key in labels;
      if (operator === "Exists") return has;
      if (operator === "DoesNotExist") return !has;
      return values.includes(labels[key]) === (operator === "In");
    })
  );
}

/** The entries of a ConfigMap or Secret as text; none of another object. */
export function dataOf({ kind, body }: KubernetesObject): Record<string, string> {
  const { data = {}, binaryData = {}, stringData = {} } = body;
  const texts = (entries: object): Record<string, string> =>
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, String(value)]));
  const decoded = (entries: object): Record<string, string> =>
    Object.fromEntries(
      Object.entries(entries).map(([key, value]) => [key, Buffer.from(String(value), "base64").toString()]),
    );
  if (kind === "ConfigMap") return { ...texts(data), ...decoded(binaryData) };
  return kind === "Secret" ? { ...decoded(data), ...texts(stringData) } : {};
}
