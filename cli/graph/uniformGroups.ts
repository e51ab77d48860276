/** Groups pods with the same connections, so that a picture of groups shows exactly the connections of the pods. */

/** Whether there is a connection, by position of the two nodes. */
export type Adjacency = (from: number, to: number) => boolean;

/**
 * Splits groups until all members of a group have the same connections: to all or none of another group, and of their own.
 *
 * @param groups - positions of nodes; none is in two groups
 * @param adjacencies - one for each kind of connection
 */
export function uniformGroups(groups: readonly number[][], adjacencies: readonly Adjacency[]): number[][] {
  let current = groups.map((group) => [...group]);
  for (;;) {
    const split = firstSplit(current, adjacencies);
    if (split === undefined) return current;
    current = current.flatMap((group, i) => (i === split.index ? split.parts : [group]));
  }
}

function firstSplit(
  groups: readonly number[][],
  adjacencies: readonly Adjacency[],
): { index: number; parts: number[][] } | undefined {
  for (const adjacent of adjacencies) {
    for (const [a, from] of groups.entries()) {
      for (const [b, to] of groups.entries()) {
        if (isUniform(from, to, adjacent)) continue;
        const bySource = partition(from, (node) => to.map((other) => adjacent(node, other)));
        if (bySource.length > 1) return { index: a, parts: bySource };
        return { index: b, parts: partition(to, (node) => from.map((other) => adjacent(other, node))) };
      }
    }
  }
  return undefined;
}

/** Whether each member of one group is connected to each member of another, or none to any. */
export function isUniform(from: readonly number[], to: readonly number[], adjacent: Adjacency): boolean {
  const pairs = from.flatMap((a) => to.filter((b) => a !== b).map((b) => adjacent(a, b)));
  return pairs.every((value) => value === pairs[0]);
}

function partition(nodes: readonly number[], signature: (node: number) => boolean[]): number[][] {
  const parts = new Map<string, number[]>();
  for (const node of nodes) {
    const key = signature(node).map(Number).join("");
    parts.set(key, [...(parts.get(key) ?? []), node]);
  }
  return [...parts.values()];
}
