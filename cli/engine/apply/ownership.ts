/** How an object in the cluster tells which stack it belongs to, and who put it there. */
import { group } from "../../../model/contracts/apiGroup";
import { managedByLabel } from "../../../model/contracts/labels";
import { fieldManager } from "../cluster/api";
import type { KubernetesObject } from "../cluster/kubernetesObject";

/** Label with the stack's name. */
export const stackLabel = `${group}/stack`;
/** Label with the project's name: stacks of two projects may have one name. */
export const projectLabel = `${group}/project`;

/** Annotation of objects whose resource has the option `retainOnDelete`. */
export const retainAnnotation = `${group}/retain-on-delete`;
/** Annotation of objects whose resource has the option `protect`. */
export const protectAnnotation = `${group}/protect`;

/** A stack of a project. */
export interface StackId {
  project: string;
  stack: string;
}

/** Labels that every object of a stack gets. */
export function stackLabels({ project, stack }: StackId): Record<string, string> {
  return { [managedByLabel]: fieldManager, [projectLabel]: project, [stackLabel]: stack };
}

/** Selects what carries the labels of a stack, or of any. */
export function stackSelector(id?: StackId): string {
  const labels = id === undefined ? { [managedByLabel]: fieldManager } : stackLabels(id);
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** The stack that `apply` put an object there for, if it did. */
export function stackOf({ metadata }: KubernetesObject): StackId | undefined {
  const { [projectLabel]: project, [stackLabel]: stack, [managedByLabel]: manager } = metadata.labels ?? {};
  if (manager !== fieldManager || project === undefined || stack === undefined) return undefined;
  // Controllers copy labels, from Services to Endpoints for instance; what they make is theirs.
  const isApplied = metadata.managedFields?.some(
    (entry) => entry.manager === fieldManager && entry.operation === "Apply",
  );
  return isApplied ? { project, stack } : undefined;
}

/** Whether an object belongs to a stack. */
export function belongsTo(object: KubernetesObject, { project, stack }: StackId): boolean {
  const owner = stackOf(object);
  return owner?.project === project && owner.stack === stack;
}

/** Who else manages an object: the Pulumi CLI's Kubernetes provider. */
export function isOwnedByPulumi({ metadata }: KubernetesObject): boolean {
  const byManager = metadata.managedFields?.some((entry) => entry.manager.startsWith("pulumi-kubernetes")) ?? false;
  return byManager || metadata.labels?.[managedByLabel] === "pulumi";
}

// What a mistake or an uninstallation must not delete: everything inside would go with it.
const retainedKinds = new Set(["Namespace", "CustomResourceDefinition", "PersistentVolumeClaim", "PersistentVolume"]);

/** Whether an object stays when its stack no longer holds it. */
export function isRetained({ kind, metadata }: KubernetesObject): boolean {
  return retainedKinds.has(kind) || metadata.annotations?.[retainAnnotation] === "true";
}

/** Whether an object must not be deleted before the option `protect` is taken from its resource. */
export function isProtected({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.[protectAnnotation] === "true";
}
