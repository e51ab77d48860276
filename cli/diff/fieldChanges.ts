/** Fields of an object, old and new, as a reviewer reads them: elements of lists by what they are called. */
import { isPlainObject } from "../../model/plainData";
import { canonicalJson, sameValue } from "../common/canonical";
import { lineDifference } from "../common/lineDifference";
import { formatPath, isUnknown, mapLeaves, mask, type Path, Secret } from "../engine/declared/values";
import type { SecretDigest } from "../engine/record/secretDigest";
import { RecordedSecret } from "../engine/record/stackRecord";

/** One field that changes. A field that was not there has no `before`, one that goes no `after`. */
export interface FieldChange {
  /** Such as `spec.template.spec.containers[name=peer].image`. */
  path: string;
  before?: unknown;
  after?: unknown;
  /** In place of the values, for a text of several lines: see {@link lineDifference}. */
  lines?: string[];
}

/** How to compare what cannot be looked at. */
export interface FieldRules {
  digest: SecretDigest;
  /** Whether a value that is not known yet is another one than before; by its path in the new object. */
  unknownChanges(path: Path): boolean;
  /** Whether nothing at this path may be shown: the data of a Secret. */
  isSecret(path: Path): boolean;
}

// What tells the elements of a list from each other, most telling first.
const keys = ["name", "mspId", "mountPath", "containerPort", "port", "key", "type"];

/** Where a field stands in the new object, and how that is written. */
interface Place {
  path: Path;
  label: string;
}

/** What differs between two objects. */
export function fieldChanges(
  before: unknown,
  after: unknown,
  rules: FieldRules,
  place: Place = { path: [], label: "" },
): FieldChange[] {
  if (before === undefined && after === undefined) return [];
  if (isPlainObject(before) && isPlainObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => fieldChanges(before[name], after[name], rules, inside(place, name)));
  }
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, rules, place);
  if (isSame(before, after, rules, place)) return [];
  const isText = typeof before === "string" && typeof after === "string" && `${before}${after}`.includes("\n");
  if (isText && !rules.isSecret(place.path)) return [{ path: place.label, lines: lineDifference(before, after) }];
  return [change(before, after, rules, place)];
}

function inside({ path, label }: Place, key: string | number, name = formatPath([key])): Place {
  const isJoined = label === "" || name.startsWith("[");
  return { path: [...path, key], label: `${label}${isJoined ? "" : "."}${name}` };
}

function listChanges(
  before: readonly unknown[],
  after: readonly unknown[],
  rules: FieldRules,
  place: Place,
): FieldChange[] {
  const key = keys.find((candidate) => [before, after].every((list) => areUnique(list, candidate)));
  if (key !== undefined) {
    const [old, now] = [before, after].map((list) => list.map((element: any) => String(element[key])));
    const changes = [...new Set([...old!, ...now!])].flatMap((name) => {
      const [was, is] = [old!.indexOf(name), now!.indexOf(name)];
      return fieldChanges(before[was], after[is], rules, inside(place, is < 0 ? was : is, `[${key}=${name}]`));
    });
    // Kubernetes goes by the order too: it starts pods anew for it.
    return changes.length > 0 || sameValue(old, now) ? changes : [change(old, now, rules, place)];
  }
  // Without names: what is in both lists is the same wherever it stands, the rest is compared in its order.
  const [old, now] = [before, after].map((list) => list.map((element) => identity(element, rules)));
  const [gone, come] = [without(old!, now!), without(now!, old!)];
  if (gone.length + come.length === 0) {
    if (!sameValue(old, now)) return [change(before, after, rules, place)];
    // What is not known yet only looks the same.
    return after.flatMap((element, at) => fieldChanges(before[at], element, rules, inside(place, at)));
  }
  if (gone.length === come.length) {
    return come.flatMap((at, i) => fieldChanges(before[gone[i]!], after[at], rules, inside(place, at)));
  }
  return [
    ...gone.map((at) => change(before[at], undefined, rules, inside(place, at))),
    ...come.map((at) => change(undefined, after[at], rules, inside(place, at))),
  ];
}

function areUnique(list: readonly unknown[], key: string): boolean {
  const values = list.map((element) => (isPlainObject(element) ? element[key] : undefined));
  const simple = values.every((value) => typeof value === "string" || typeof value === "number");
  return simple && new Set(values).size === values.length;
}

/** Where in a list there is what another does not hold. */
function without(list: readonly string[], other: readonly string[]): number[] {
  const rest = [...other];
  return list.flatMap((element, at) => {
    const found = rest.indexOf(element);
    if (found < 0) return [at];
    rest.splice(found, 1);
    return [];
  });
}

function isSame(before: unknown, after: unknown, rules: FieldRules, { path }: Place): boolean {
  if (before === undefined || after === undefined) return false;
  if (isUnknown(after)) return !rules.unknownChanges(path);
  return identity(before, rules) === identity(after, rules);
}

/** By which values are told from each other, secrets by their digests; never to be shown. */
function identity(value: unknown, { digest }: FieldRules): string {
  return canonicalJson(
    mapLeaves(value, (leaf) => {
      if (isUnknown(leaf)) return { "[unknown]": true };
      if (leaf instanceof RecordedSecret) return { "[secret]": leaf.digest };
      return leaf instanceof Secret ? { "[secret]": digest(leaf.content()) } : leaf;
    }),
  );
}

function change(before: unknown, after: unknown, { isSecret }: FieldRules, { path, label }: Place): FieldChange {
  const show = isSecret(path) ? masked : shown;
  return {
    path: label,
    ...(before !== undefined && { before: show(before) }),
    ...(after !== undefined && { after: show(after) }),
  };
}

function shown(value: unknown): unknown {
  return mask(mapLeaves(value, (leaf) => (leaf instanceof RecordedSecret ? "[secret]" : leaf)));
}

/** Keys stay, to see which one changes; every value goes. */
function masked(value: unknown): unknown {
  if (isPlainObject(value)) return Object.fromEntries(Object.keys(value).map((key) => [key, "[secret]"]));
  return "[secret]";
}
