/** Canonical JSON and YAML: the same objects give the same bytes in every clone and on every run. */
import { dump } from "js-yaml";

import { compareText, isPlainObject } from "../../model/plainData";

// The keys that identify a Kubernetes object to a reader.
const leadingKeys = ["apiVersion", "kind", "metadata", "name", "namespace"];

/** Orders keys: what identifies a Kubernetes object first, then by code point. */
export function compareKeys(a: string, b: string): number {
  const [rankA, rankB] = [leadingKeys.indexOf(a), leadingKeys.indexOf(b)];
  if (rankA >= 0 || rankB >= 0) {
    return (rankA < 0 ? leadingKeys.length : rankA) - (rankB < 0 ? leadingKeys.length : rankB);
  }
  return compareText(a, b);
}

/** A copy whose keys are in canonical order, without those that hold `undefined`. Elements of arrays keep their order. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  // JSON has one zero, YAML two.
  if (value === 0) return 0;
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort(compareKeys)
      .map((key) => [key, canonical(value[key])]),
  );
}

/** Whether two values are the same whatever the order of their keys. */
export function sameValue(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** A value as JSON in canonical order. */
export function canonicalJson(value: unknown, indent?: number): string {
  return JSON.stringify(canonical(value), undefined, indent) ?? "undefined";
}

/** A value as YAML in canonical order, which YAML 1.1 readers such as kubectl understand alike. */
export function canonicalYaml(value: unknown): string {
  return dump(canonical(value), { lineWidth: -1, noRefs: true });
}
