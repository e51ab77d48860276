/** Orders things that depend on each other, the same way every time. */

/**
 * Puts each item after the items that it depends on. Otherwise items keep the order in which they came.
 *
 * @param dependencies - positions of the items that come before the one at a position
 * @returns the ordered items, and those that depend on each other in a circle
 */
export function topologicalOrder<T>(
  items: readonly T[],
  dependencies: (item: T, index: number) => readonly number[],
): { ordered: T[]; circle: T[] } {
  const before = items.map((item, index) => new Set(dependencies(item, index)));
  const missing = before.map(({ size }) => size);
  const dependents: number[][] = items.map(() => []);
  before.forEach((others, index) => others.forEach((other) => dependents[other]?.push(index)));
  // Positions that can come next, in descending order.
  const ready = [...items.keys()].filter((index) => missing[index] === 0).reverse();
  const ordered: T[] = [];
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    ordered.push(items[index] as T);
    for (const dependent of dependents[index] ?? []) {
      missing[dependent] = (missing[dependent] as number) - 1;
      if (missing[dependent] === 0) insert(ready, dependent);
    }
  }
  return { ordered, circle: items.filter((_, index) => (missing[index] as number) > 0) };
}

/** Puts a number into a descending list. */
function insert(list: number[], number: number): void {
  let place = list.length;
  while (place > 0 && (list[place - 1] as number) < number) place--;
  list.splice(place, 0, number);
}
