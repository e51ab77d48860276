/** Objects of a cluster, and their kinds, as its API server has them. */
import { groupOf } from "../../../model/pulumi/kubernetesTypes";

/** An object of a cluster, or for one. */
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
  managedFields?: ManagedFields[];
}

/** Which fields a program has set. */
export interface ManagedFields {
  manager: string;
  operation: "Apply" | "Update";
  time?: string;
  fieldsV1?: unknown;
}

/** A kind of object and where the API has it. */
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

/** An object, perhaps its metadata only, with where the API has its kind. */
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

/** Tells objects apart whatever version of their API they are written in. */
export function keyOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  return [groupOf(apiVersion), kind, metadata.namespace ?? "", metadata.name].join("/");
}

const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"]);

/** Whether an object brings pods with it. */
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
