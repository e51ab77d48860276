/** Work with a constant number at a time. */

/** Does work for each number from 0 on, some at a time; gives the results in the order of the numbers. */
export async function eachInFlight<T>(count: number, inFlight: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const n = next++;
      results[n] = await work(n);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return results;
}
