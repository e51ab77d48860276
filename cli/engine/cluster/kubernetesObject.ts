/** Types of Kubernetes objects and of their kinds. */
import { groupOf } from "../../../model/pulumi/kubernetesTypes";

/** An object that is or will be in a cluster. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: any;
}

/** The part of an object that all kinds have. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  deletionTimestamp?: string;
  creationTimestamp?: string;
  ownerReferences?: { uid: string }[];
  managedFields?: ManagedFields[];
}

/** The fields that a field manager has set. */
export interface ManagedFields {
  manager: string;
  operation: "Apply" | "Update";
  time?: string;
  fieldsV1?: unknown;
}

/** A kind of object and its resource in the API. */
export interface ResourceType {
  apiVersion: string;
  kind: string;
  /** Name in paths. */
  plural: string;
  namespaced: boolean;
  verbs: string[];
  /** Whether this is the version that the server prefers among those of its group. */
  preferred: boolean;
}

/** An object, maybe only its metadata, with the resource of its kind. */
export interface TypedObject {
  type: ResourceType;
  object: KubernetesObject;
}

/** An object's kind, namespace and name, for people. */
export function objectName({ kind, metadata }: KubernetesObject): string {
  return metadata.namespace === undefined
    ? `${kind} ${metadata.name}`
    : `${kind} ${metadata.namespace}/${metadata.name}`;
}

/** A key that identifies an object, whatever version of its API it is written in. */
export function keyOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  return [groupOf(apiVersion), kind, metadata.namespace ?? "", metadata.name].join("/");
}

const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"]);

/** Whether an object creates pods. */
export function isWorkload({ kind, apiVersion }: Pick<KubernetesObject, "kind" | "apiVersion">): boolean {
  return workloads.has(kind) && /^(v1|apps\/|batch\/)/.test(apiVersion);
}

/** Events of the core group, which explain why something is not ready. */
export const eventType: ResourceType = {
  apiVersion: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
  verbs: ["list", "watch"],
  preferred: true,
};
