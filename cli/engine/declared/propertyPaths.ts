/** Fields of objects by their paths, as Pulumi writes them in `ignoreChanges`. */
import { isPlainObject } from "../../../model/plainData";
import { formatPath, type Path } from "./values";

/** Parses a property path in Pulumi's notation, such as `spec.containers[0]["image"]`; `*` matches any part. */
export function parsePath(text: string): Path {
  const parts: (string | number)[] = [];
  for (const [, key, quoted, index] of text.matchAll(/([^.[\]"]+)|\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]/g)) {
    if (key !== undefined) parts.push(key);
    else if (quoted !== undefined) parts.push(JSON.parse(`"${quoted}"`));
    else parts.push(index === "*" ? "*" : Number(index));
  }
  return parts;
}

/**
 * A copy of `wanted` in which the fields at these paths have the values of `live`, so that they do not change in the cluster.
 * A field that is absent in `live` is left out.
 */
export function keepFields<T>(wanted: T, live: unknown, paths: readonly string[]): T {
  return paths.reduce((value, path) => keep(value, live, parsePath(path)) as T, wanted);
}

function keep(wanted: any, live: any, [key, ...rest]: Path): unknown {
  if (key === undefined) return live;
  if (typeof wanted !== "object" || wanted === null) return wanted;
  if (key === "*") {
    if (Array.isArray(wanted)) return wanted.map((element, i) => keep(element, live?.[i], rest));
    return Object.keys(wanted).reduce((value, each) => keep(value, live, [each, ...rest]), wanted);
  }
  const copy = Array.isArray(wanted) ? [...wanted] : { ...wanted };
  const kept = rest.length === 0 ? live?.[key] : keep(copy[key], live?.[key], rest);
  if (kept !== undefined) copy[key] = kept;
  else if (!Array.isArray(copy)) delete copy[key];
  return copy;
}

/** Paths at which `wanted` differs from `live`. Fields that only `live` has, such as defaults, do not count. */
export function divergentPaths(wanted: unknown, live: unknown, path: Path = []): string[] {
  if (isPlainObject(wanted) && isPlainObject(live)) {
    return Object.keys(wanted).flatMap((key) => divergentPaths(wanted[key], live[key], [...path, key]));
  }
  if (Array.isArray(wanted) && Array.isArray(live) && wanted.length === live.length) {
    return wanted.flatMap((element, i) => divergentPaths(element, live[i], [...path, i]));
  }
  return wanted === live ? [] : [formatPath(path)];
}
