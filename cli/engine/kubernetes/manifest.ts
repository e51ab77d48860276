/** A Kubernetes object that a program declares. */
import { compareText, isPlainObject } from "../../../model/plainData";
import { groupOf } from "../../../model/pulumi/kubernetesTypes";
import { formatPath, Secret } from "../declared/values";

/** The identity of a Kubernetes object. */
export interface ObjectKey {
  apiVersion: string;
  kind: string;
  name: string;
  /** Absent for objects that live outside namespaces. */
  namespace?: string;
}

/** A Kubernetes object as it will be sent to the API server. */
export interface Manifest extends ObjectKey {
  /** URN of the resource that declares it. */
  urn: string;
  /** The object itself, with marks in its values (see values.ts); `reveal` removes them. */
  object: Record<string, unknown>;
  /** URNs of the manifests that must come before it. */
  dependsOn: string[];
  /** Whether it stays in the cluster when it is no longer declared. */
  retain: boolean;
}

/** Name of an object for people: `apps/StatefulSet trade/peer0`. */
export function manifestName({ apiVersion, kind, name, namespace }: ObjectKey): string {
  const group = groupOf(apiVersion);
  return `${group === "" ? kind : `${group}/${kind}`} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/**
 * An object for a file: a Secret is written without its data. The paths name the fields that apply fills in; for unknown data
 * only the field as a whole.
 */
export function withoutSecretData({ object, kind, apiVersion }: Manifest): {
  object: Record<string, unknown>;
  filledAtApply: string[];
} {
  if (kind !== "Secret" || apiVersion !== "v1") return { object, filledAtApply: [] };
  const { data, stringData, ...kept } = object;
  const filledAtApply = Object.entries({ data, stringData }).flatMap(([field, values]) => {
    const content = values instanceof Secret ? values.content() : values;
    if (isPlainObject(content)) return Object.keys(content).map((key) => formatPath([field, key]));
    return content === undefined || content === null ? [] : [field];
  });
  return { object: kept, filledAtApply: filledAtApply.sort(compareText) };
}
