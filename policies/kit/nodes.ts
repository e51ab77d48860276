/** Walks through plain data of any depth. */

/** A value with its place: the keys that lead to it, and what it is in. */
export interface Node {
  value: unknown;
  /** Key in {@link up}; empty for the root. */
  key: string;
  up?: Node;
}

/**
 * All values below a root, each after what it is in, in their order. What an alias of YAML stands for is visited at each place:
 * documents.ts reads no text whose aliases stand for too much.
 *
 * @param visit - returns false to keep what is in the value from being visited
 */
export function walk(root: unknown, visit: (node: Node) => boolean | void): void {
  const pending: Node[] = [{ value: root, key: "" }];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const { value } = node;
    if (visit(node) === false || typeof value !== "object" || value === null) continue;
    const up = node;
    const inside = Object.entries(value).map(([key, inner]): Node => ({ value: inner, key, up }));
    for (let i = inside.length - 1; i >= 0; i--) pending.push(inside[i]!);
  }
}

/** The keys that lead to a node. */
export function keysOf(node: Node): string[] {
  const keys: string[] = [];
  for (let each = node; each.up !== undefined; each = each.up) keys.push(each.key);
  return keys.reverse();
}

/** The path of a node, for messages: `spec.containers[0].name`. */
export function pathOf(node: Node): string {
  return keysOf(node).reduce((path, key) => {
    if (/^\d+$/.test(key)) return `${path}[${key}]`;
    return path === "" ? key : `${path}.${key}`;
  }, "");
}

/** Whether a value is an object with keys: no list, no text. */
export function isRecord(value: unknown): value is Record<string, any> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
