/** Orders things that depend on each other, the same way every time. */

/**
 * Puts each item after those that it depends on; items that may stand in any order, in the order in which they came.
 *
 * @param dependencies - positions of the items that come before the one at a position
 * @returns the ordered items, and those that depend on each other in a circle
 */
export function topologicalOrder<T>(
  items: readonly T[],
  dependencies: (item: T, index: number) => readonly number[],
): { ordered: T[]; circle: T[] } {
  const missing: number[] = [];
  const dependents: number[][] = items.map(() => []);
  const ready = new Heap();
  items.forEach((item, index) => {
    const before = new Set(dependencies(item, index));
    missing.push(before.size);
    for (const other of before) dependents[other]?.push(index);
    if (before.size === 0) ready.push(index);
  });
  const ordered: T[] = [];
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    ordered.push(items[index] as T);
    for (const dependent of dependents[index] ?? []) {
      missing[dependent] = (missing[dependent] as number) - 1;
      if (missing[dependent] === 0) ready.push(dependent);
    }
  }
  return { ordered, circle: items.filter((_, index) => (missing[index] as number) > 0) };
}

/** Gives back the smallest of the numbers put into it. */
class Heap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((items[parent] as number) <= item) break;
      items[at] = items[parent] as number;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const { items } = this;
    const [top] = items;
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as number) < (items[child] as number)) child++;
      if ((items[child] as number) >= last) break;
      items[at] = items[child] as number;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
