/** Differences between two values, path by path, as providers report them in a detailed diff. */
import { isPlainObject } from "../../../model/plainData";
import { sameValue } from "../../common/canonical";
import { isUnknown, type Path, Secret } from "../declared/values";
import type { SecretDigest } from "../record/secretDigest";
import { RecordedSecret } from "../record/stackRecord";

/** One difference between what was declared and what is declared now. */
export interface Difference {
  path: Path;
  kind: "add" | "delete" | "update";
  before?: unknown;
  after?: unknown;
}

/** How to compare values that cannot be looked at. */
export interface Comparison {
  digest: SecretDigest;
  /** Whether an unknown value must be taken for a new one: whether what it comes from changes. */
  unknownChanges(path: Path): boolean;
}

/** What differs between two values. Where one is absent or of another form, the path ends: its parts are not listed. */
export function differences(before: unknown, after: unknown, comparison: Comparison, path: Path = []): Difference[] {
  if (isUnknown(after)) {
    if (before === undefined) return [{ path, kind: "add", after }];
    return comparison.unknownChanges(path) ? [{ path, kind: "update", before, after }] : [];
  }
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ path, kind: "add", after }];
  if (after === undefined) return [{ path, kind: "delete", before }];
  if (isPlainObject(before) && isPlainObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => differences(before[key], after[key], comparison, [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }).flatMap((_, i) =>
      differences(before[i], after[i], comparison, [...path, i]),
    );
  }
  return sameLeaf(before, after, comparison.digest) ? [] : [{ path, kind: "update", before, after }];
}

function sameLeaf(before: unknown, after: unknown, digest: SecretDigest): boolean {
  if (after instanceof Secret && before instanceof RecordedSecret) return digest(after.content()) === before.digest;
  if (after instanceof Secret || before instanceof RecordedSecret) return false;
  return sameValue(before, after);
}

/** Whether a difference touches what a pattern names: at its path, or inside the value that is new or changed there. */
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
