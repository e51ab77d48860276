/** Calls with a constant number in flight, and how fast they were. */

/** Figures of calls. */
export interface CallFigures {
  /** Calls that succeeded, in a second. */
  rate: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** CPU time of this process for each call, in milliseconds. */
  cpu: number;
  failed: number;
  /** Of one that failed. */
  reason?: string;
}

/**
 * Makes as many calls as it can.
 *
 * @param call - makes one, whose number is unlike those of others
 */
export async function saturate(
  inFlight: number,
  seconds: number,
  call: (n: number) => Promise<unknown>,
): Promise<CallFigures> {
  const took: number[] = [];
  let [next, failed, reason] = [0, 0, undefined as string | undefined];
  const cpu = process.cpuUsage();
  const began = performance.now();
  const worker = async (): Promise<void> => {
    while (performance.now() - began < seconds * 1000) {
      const start = performance.now();
      try {
        await call(next++);
        took.push(performance.now() - start);
      } catch (error) {
        failed++;
        reason = String(error);
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  // Calls that end late count with their time.
  const rate = (took.length * 1000) / (performance.now() - began);
  const { user, system } = process.cpuUsage(cpu);
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor(share * (took.length - 1))] ?? NaN;
  return { rate, p50: at(0.5), p99: at(0.99), cpu: (user + system) / 1000 / took.length, failed, reason };
}

/** Figures in words. */
export function describeFigures({ rate, p50, p99, cpu, failed, reason }: CallFigures): string {
  const failures = failed === 0 ? "" : `; ${failed} failed, such as: ${reason}`;
  return `${rate.toFixed(1)} calls/s, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, CPU ${cpu.toFixed(2)} ms${failures}`;
}
