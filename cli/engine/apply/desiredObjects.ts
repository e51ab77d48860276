/** The desired state of the cluster: a program's Kubernetes objects, with the stack's labels, in order. */
import { isBuiltIn } from "../../../model/pulumi/kubernetesTypes";
import { UserError } from "../../../model/userError";
import { isWorkload, type KubernetesObject } from "../cluster/kubernetesObject";
import type { ProgramResult } from "../declared/registration";
import { formatPath, isUnknown, leaves, reveal } from "../declared/values";
import { type Manifest, manifestName } from "../kubernetes/manifest";
import { manifests } from "../kubernetes/manifests";
import { protectAnnotation, retainAnnotation, type StackId, stackLabels } from "./ownership";

/** An object that a program declares. */
export interface DesiredObject {
  /** With secrets in plain text: for the API server only. */
  object: KubernetesObject;
  /** Paths of fields that keep their live value. */
  ignoreChanges: string[];
  /** Greater than the order of everything that it depends on. */
  level: number;
}

/**
 * The Kubernetes objects of a program, each after what it depends on.
 *
 * @throws {@link UserError} for an object that cannot be applied: without a name, declared twice, with an unknown value
 */
export function desiredObjects(result: ProgramResult): DesiredObject[] {
  const options = new Map(result.registrations.map((registration) => [registration.urn, registration.options]));
  const levels = new Map<string, number>();
  return manifests(result).map((manifest) => {
    const { urn, dependsOn } = manifest;
    const level = Math.max(0, ...dependsOn.map((other) => (levels.get(other) ?? 0) + 1));
    levels.set(urn, level);
    const { ignoreChanges = [], protect = false } = options.get(urn) ?? {};
    return { object: labelled(manifest, result, protect), level, ignoreChanges };
  });
}

function labelled(manifest: Manifest, stack: StackId, protect: boolean): KubernetesObject {
  for (const { path, value } of leaves(manifest.object)) {
    if (!isUnknown(value)) continue;
    throw new UserError(`${manifestName(manifest)}: ${formatPath(path)} is not known before something else exists`);
  }
  const object = reveal(manifest.object) as unknown as KubernetesObject;
  const annotations = {
    ...object.metadata.annotations,
    ...(manifest.retain && { [retainAnnotation]: "true" }),
    ...(protect && { [protectAnnotation]: "true" }),
  };
  return {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, ...stackLabels(stack) },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
  };
}

/** Whether other objects need it first: Namespaces, then definitions of kinds. */
export function isFoundation({ kind }: Pick<KubernetesObject, "kind">): boolean {
  return kind === "Namespace" || kind === "CustomResourceDefinition";
}

/**
 * Groups objects so that each group can be applied in parallel, after the groups before it. Dependencies come first; then
 * what pods use comes before the pods.
 */
export function applyWaves<T extends DesiredObject>(desired: readonly T[]): T[][] {
  const rank = ({ object, level }: T): number =>
    object.kind === "Namespace" ? -2 : isFoundation(object) ? -1 : level * 2 + (isWorkload(object) ? 1 : 0);
  return grouped(desired, rank);
}

/**
 * Groups objects of a cluster so that each group can be deleted in parallel, after the groups before it: first custom
 * resources, whose controllers must still run, then pods, then what pods use.
 */
export function deleteWaves<T extends { object: KubernetesObject }>(objects: readonly T[]): T[][] {
  const rank = ({ object }: T): number => {
    if (object.kind === "Namespace") return 5;
    if (object.kind === "CustomResourceDefinition") return 4;
    if (!isBuiltIn(object.apiVersion)) return 0;
    if (isWorkload(object)) return 1;
    // Pods never run without their NetworkPolicies.
    return object.kind === "NetworkPolicy" ? 3 : 2;
  };
  return grouped(objects, rank);
}

function grouped<T>(items: readonly T[], rank: (item: T) => number): T[][] {
  const groups = new Map<number, T[]>();
  for (const item of items) groups.set(rank(item), [...(groups.get(rank(item)) ?? []), item]);
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** Every secret value of a program in the forms in which it might be printed. */
export function secretTexts(result: ProgramResult): string[] {
  const texts = new Set<string>();
  for (const { inputs, outputs } of result.registrations) {
    for (const { value, secret } of leaves([inputs, outputs ?? {}])) {
      // Shorter ones would match ordinary text.
      if (!secret || typeof value !== "string" || value.length < 6) continue;
      texts.add(value).add(Buffer.from(value).toString("base64"));
    }
  }
  return [...texts];
}
