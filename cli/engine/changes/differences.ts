/** Differences between two values, path by path. Elements of lists are matched by name, whatever their positions. */
import { compareText, isPlainObject } from "../../../model/plainData";
import { formatPath, isUnknown, type Path, Secret } from "../declared/values";
import type { SecretDigest } from "../record/secretDigest";
import { RecordedSecret } from "../record/stackRecord";

/** One difference between the earlier and the present declaration. */
export interface Difference {
  /** Its present path, or the old path of a removed value. */
  path: Path;
  /** The path as people read it: `spec.containers[name=peer].image`. */
  label: string;
  kind: "add" | "delete" | "update";
  before?: unknown;
  after?: unknown;
  /** The names of the elements of a list, if only their order changes. */
  order?: { before: string[]; after: string[] };
}

/** How to compare secret and unknown values. */
export interface Comparison {
  digest: SecretDigest;
  /** Whether an unknown value counts as changed, because its source changes. */
  unknownChanges(path: Path): boolean;
}

type Place = Pick<Difference, "path" | "label">;

/**
 * Lists the differences between two values, in the order of keys. If one value is absent or of another type, that is a single
 * difference: its parts are not listed.
 */
export function differences(
  before: unknown,
  after: unknown,
  comparison: Comparison,
  place: Place = { path: [], label: "" },
): Difference[] {
  if (before === undefined && after === undefined) return [];
  if (isPlainObject(before) && isPlainObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareText);
    return keys.flatMap((key) => differences(before[key], after[key], comparison, inside(place, key)));
  }
  if (Array.isArray(before) && Array.isArray(after)) return listDifferences(before, after, comparison, place);
  if (before === undefined) return [{ ...place, kind: "add", after }];
  if (after === undefined) return [{ ...place, kind: "delete", before }];
  const changes = isUnknown(after) ? comparison.unknownChanges(place.path) : !isSame(before, after, comparison.digest);
  return changes ? [{ ...place, kind: "update", before, after }] : [];
}

function inside({ path, label }: Place, key: string | number, name = formatPath([key])): Place {
  const isJoined = label === "" || name.startsWith("[");
  return { path: [...path, key], label: `${label}${isJoined ? "" : "."}${name}` };
}

/** An element of two lists: its index in each. */
interface Pair {
  was?: number;
  is?: number;
  /** Its name in both. */
  name?: string;
}

function listDifferences(
  before: readonly unknown[],
  after: readonly unknown[],
  comparison: Comparison,
  place: Place,
): Difference[] {
  const named = namesIn(before, after);
  const pairs = named === undefined ? pairsOfSame(before, after, comparison.digest) : pairsByName(named);
  pairs.sort((a, b) => (a.is ?? a.was!) - (b.is ?? b.was!) || (a.is ?? -1) - (b.is ?? -1));
  const found = pairs.flatMap(({ was, is, name }) =>
    differences(
      was === undefined ? undefined : before[was],
      is === undefined ? undefined : after[is],
      comparison,
      inside(place, is ?? was!, name),
    ),
  );
  // The order matters, too: Kubernetes restarts pods when it changes.
  if (found.length > 0 || !isReordered(pairs)) return found;
  const order = named && { before: named.before, after: named.after };
  return [{ ...place, kind: "update", before, after, ...(order && { order }) }];
}

function isReordered(pairs: readonly Pair[]): boolean {
  return pairs.some(({ was }, i) => i > 0 && was! < pairs[i - 1]!.was!);
}

interface Names {
  key: string;
  before: string[];
  after: string[];
}

/** The names of the elements of two lists, if they are unique. */
function namesIn(before: readonly unknown[], after: readonly unknown[]): Names | undefined {
  const first = before[0] ?? after[0];
  if (!isPlainObject(first)) return undefined;
  // The most specific key first.
  const ids = Object.keys(first).filter((key) => key.endsWith("Id"));
  for (const key of ["name", ...ids, "mountPath", "containerPort", "port", "key", "type"]) {
    const [old, now] = [uniqueTexts(before, key), uniqueTexts(after, key)];
    if (old !== undefined && now !== undefined) return { key, before: old, after: now };
  }
  return undefined;
}

function uniqueTexts(list: readonly unknown[], key: string): string[] | undefined {
  const values = list.map((element) => (isPlainObject(element) ? element[key] : undefined));
  if (!values.every((value) => typeof value === "string" || typeof value === "number")) return undefined;
  const texts = values.map(String);
  return new Set(texts).size === texts.length ? texts : undefined;
}

/** Matches elements by name. An element with a new name matches a removed one at the same position: it may have been renamed. */
function pairsByName({ key, before, after }: Names): Pair[] {
  const old = new Map(before.map((name, was) => [name, was]));
  const now = new Set(after);
  const isGone = (place: number): boolean => place < before.length && !now.has(before[place]!);
  const come = after.map((name, is): Pair => {
    const was = old.get(name) ?? (isGone(is) ? is : undefined);
    return { ...(was !== undefined && { was }), is, name: `[${key}=${name}]` };
  });
  const paired = new Set(come.map(({ was }) => was));
  const gone = before.flatMap((name, was): Pair[] => (paired.has(was) ? [] : [{ was, name: `[${key}=${name}]` }]));
  return [...come, ...gone];
}

/** Matches elements without names: equal elements anywhere, the rest in order. */
function pairsOfSame(before: readonly unknown[], after: readonly unknown[], digest: SecretDigest): Pair[] {
  const come = [...after.keys()];
  const gone: number[] = [];
  const pairs: Pair[] = [];
  for (const [was, element] of before.entries()) {
    const found = come.findIndex((is) => isSame(element, after[is], digest));
    if (found < 0) gone.push(was);
    else pairs.push({ was, is: come.splice(found, 1)[0]! });
  }
  if (gone.length === come.length) return [...pairs, ...gone.map((was, i): Pair => ({ was, is: come[i]! }))];
  return [...pairs, ...gone.map((was): Pair => ({ was })), ...come.map((is): Pair => ({ is }))];
}

/** Whether two values are equal. Secrets are compared by digest; all unknown values are equal. */
function isSame(a: unknown, b: unknown, digest: SecretDigest): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, i) => isSame(element, b[i], digest));
  }
  if (isPlainObject(a) && isPlainObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => isSame(a[key], b[key], digest));
  }
  if (isUnknown(a) || isUnknown(b)) return isUnknown(a) && isUnknown(b);
  const [one, other] = [digestOf(a, digest), digestOf(b, digest)];
  return one !== undefined && one === other;
}

function digestOf(value: unknown, digest: SecretDigest): string | undefined {
  if (value instanceof RecordedSecret) return value.digest;
  return value instanceof Secret ? digest(value.content()) : undefined;
}
