/** Fields of an object, old and new, as a reviewer reads them: elements of lists by what they are called. */
import { canonicalJson, sameValue } from "../canonical";
import type { Digest } from "../plan/digest";
import { RecordedSecret } from "../plan/record";
import { formatPath, isPlainObject, isUnknown, mask, Secret, type Path } from "../values";
import { lineDifference } from "./lines";

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
  digest: Digest;
  /** Whether a value that is not known yet is another one than before. */
  unknownChanges(path: Path): boolean;
  /** Whether nothing at this path may be shown: the data of a Secret. */
  isSecret(path: Path): boolean;
}

// What tells the elements of a list from each other, most telling first.
const keys = ["name", "mspId", "mountPath", "containerPort", "port", "key", "type"];

/** What differs between two objects. */
export function fieldChanges(before: unknown, after: unknown, rules: FieldRules, path: Path = []): FieldChange[] {
  if (before === undefined && after === undefined) return [];
  if (isPlainObject(before) && isPlainObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => fieldChanges(before[name], after[name], rules, [...path, name]));
  }
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, rules, path);
  if (isSame(before, after, rules, path)) return [];
  if (rules.isSecret(path)) return [change(path, masked(before), masked(after))];
  if (typeof before === "string" && typeof after === "string" && `${before}${after}`.includes("\n")) {
    return [{ path: shownPath(path), lines: lineDifference(before, after) }];
  }
  return [change(path, shown(before), shown(after))];
}

function listChanges(before: unknown[], after: unknown[], rules: FieldRules, path: Path): FieldChange[] {
  const key = keys.find((candidate) => [before, after].every((list) => areUnique(list, candidate)));
  if (key !== undefined && before.length + after.length > 0) {
    const [old, now] = [before, after].map((list) => new Map(list.map((one: any) => [String(one[key]), one])));
    return [...new Set([...old!.keys(), ...now!.keys()])].flatMap((name) =>
      fieldChanges(old!.get(name), now!.get(name), rules, [...path, `[${key}=${name}]`]),
    );
  }
  // Without names: what is in both lists is the same wherever it stands, the rest is compared in its order.
  const gone = without(before, after);
  const come = without(after, before);
  if (gone.length === come.length) {
    return gone.flatMap(({ element }, i) => fieldChanges(element, come[i]!.element, rules, [...path, come[i]!.at]));
  }
  return [
    ...gone.map(({ element, at }) => change([...path, at], shown(element), undefined)),
    ...come.map(({ element, at }) => change([...path, at], undefined, shown(element))),
  ];
}

function areUnique(list: unknown[], key: string): boolean {
  const values = list.map((element) => (isPlainObject(element) ? element[key] : undefined));
  const simple = values.every((value) => typeof value === "string" || typeof value === "number");
  return simple && new Set(values).size === values.length;
}

function without(list: unknown[], other: unknown[]): { element: unknown; at: number }[] {
  const rest = other.map((element) => canonicalJson(mask(element)));
  return list.flatMap((element, at) => {
    const found = rest.indexOf(canonicalJson(mask(element)));
    if (found < 0) return [{ element, at }];
    rest.splice(found, 1);
    return [];
  });
}

function isSame(before: unknown, after: unknown, { digest, unknownChanges }: FieldRules, path: Path): boolean {
  if (before === undefined || after === undefined) return false;
  if (isUnknown(after)) return !unknownChanges(path);
  if (before instanceof RecordedSecret && after instanceof Secret) return before.digest === digest(after.content());
  if (before instanceof RecordedSecret || after instanceof Secret) return false;
  return sameValue(before, after);
}

function change(path: Path, before: unknown, after: unknown): FieldChange {
  return {
    path: shownPath(path),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  };
}

const shownPath = (path: Path): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === "string" && /^\[\w+=.*\]$/.test(part)) return `${text}${part}`;
    const step = formatPath([part]);
    return text === "" || step.startsWith("[") ? `${text}${step}` : `${text}.${step}`;
  }, "");

function shown(value: unknown): unknown {
  return value instanceof RecordedSecret || isPlainObject(value) || Array.isArray(value)
    ? mask(withoutDigests(value))
    : mask(value);
}

function withoutDigests(value: unknown): unknown {
  if (value instanceof RecordedSecret) return "[secret]";
  if (Array.isArray(value)) return value.map(withoutDigests);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutDigests(inner)]));
}

/** Keys stay, to see which one changes; every value goes. */
function masked(value: unknown): unknown {
  if (value === undefined) return undefined;
  if (isPlainObject(value)) return Object.fromEntries(Object.keys(value).map((key) => [key, "[secret]"]));
  return "[secret]";
}
