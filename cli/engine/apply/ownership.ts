/** Labels and annotations that name an object's stack and manager. */
import { pulumiFieldManager } from "../../../model/contracts/annotations";
import { group } from "../../../model/contracts/apiGroup";
import { managedByLabel, networkLabel, partOfLabel, productName } from "../../../model/contracts/labels";
import { fieldManager } from "../cluster/api";
import type { KubernetesObject } from "../cluster/kubernetesObject";

/** Label with the stack's name. */
export const stackLabel = `${group}/stack`;
/** Label with the project's name: stacks of two projects may have the same name. */
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

/** A label selector for the objects of a stack. */
export function stackSelector(id: StackId): string {
  return Object.entries(stackLabels(id))
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** The stack for which `apply` created an object; undefined if something else created it. */
export function stackOf({ metadata }: KubernetesObject): StackId | undefined {
  const { [projectLabel]: project, [stackLabel]: stack, [managedByLabel]: manager } = metadata.labels ?? {};
  if (manager !== fieldManager || project === undefined || stack === undefined) return undefined;
  // Controllers copy labels, for example from Services to Endpoints. The copies belong to the controllers.
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

/** Whether a field manager is the Pulumi CLI's Kubernetes provider: by the name that this project gives it, or one of its own. */
export function isPulumi(manager: string): boolean {
  return manager === pulumiFieldManager || manager.startsWith("pulumi-kubernetes");
}

/** Labels that say whose an object is, whatever program made it. */
function identityOf({ metadata: { labels = {} } }: KubernetesObject): Record<string, string> {
  const { [partOfLabel]: product, [networkLabel]: network } = labels;
  return {
    ...(product === productName && { [partOfLabel]: product }),
    ...(network !== undefined && { [networkLabel]: network }),
  };
}

/** Whether an object is labelled as one of a network or of a platform. */
export function isOurs(object: KubernetesObject): boolean {
  return Object.keys(identityOf(object)).length > 0;
}

/** Whether an object in the cluster is what a program declares, and was not made by somebody else under the same name. */
export function isSame(live: KubernetesObject, declared: KubernetesObject, stack: StackId): boolean {
  const identity = Object.entries(identityOf(declared));
  if (belongsTo(live, stack) || identity.length === 0) return true;
  return (
    Object.keys(identityOf(live)).length === identity.length &&
    identity.every(([key, value]) => live.metadata.labels?.[key] === value)
  );
}

/** Whether the Pulumi CLI's Kubernetes provider manages an object. */
export function isOwnedByPulumi({ metadata }: KubernetesObject): boolean {
  const byManager = metadata.managedFields?.some(({ manager }) => isPulumi(manager)) ?? false;
  return byManager || metadata.labels?.[managedByLabel] === "pulumi";
}

// A mistake or an uninstallation must not delete these: everything inside would be deleted with them.
const retainedKinds = new Set(["Namespace", "CustomResourceDefinition", "PersistentVolumeClaim", "PersistentVolume"]);

/** Whether an object stays when its stack no longer declares it. */
export function isRetained({ kind, metadata }: KubernetesObject): boolean {
  return retainedKinds.has(kind) || metadata.annotations?.[retainAnnotation] === "true";
}

/** Whether an object is protected from deletion by the option `protect` of its resource. */
export function isProtected({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.[protectAnnotation] === "true";
}
