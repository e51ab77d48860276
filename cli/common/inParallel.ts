/** Runs work on many items with limited concurrency. */

/** Runs a function over items, a few at a time; results are in the order of the items. The first error ends it. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => R | Promise<R>,
  width = 8,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const i = next++;
      try {
        results[i] = await work(items[i] as T);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, worker));
  // All calls have ended by now: nothing continues in the background after an error.
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return results;
}
