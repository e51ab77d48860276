/** The peak memory of processes, as /proc reports it on Linux. */
import { readdirSync, readFileSync } from "node:fs";

/**
 * Watches the resident memory of this process's descendants until stopped.
 *
 * @returns `stop`, which gives the largest peak of any one process in MiB; NaN where there is no /proc
 */
export function peakMemoryOfChildren(): { stop: () => number } {
  let peak = NaN;
  const sample = (): void => {
    for (const kibibytes of descendantPeaks()) peak = Math.max(Number.isNaN(peak) ? 0 : peak, kibibytes / 1024);
  };
  const timer = setInterval(sample, 50);
  return {
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}

/** VmHWM, the peak of a process's resident memory in KiB, of each descendant. */
function descendantPeaks(): number[] {
  const parents = new Map<number, number>();
  const peaks = new Map<number, number>();
  for (const entry of processIds()) {
    try {
      const status = readFileSync(`/proc/${entry}/status`, "utf8");
      parents.set(entry, Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]));
      peaks.set(entry, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0));
    } catch {
      // It ended in the meantime.
    }
  }
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === process.pid || (pid > 1 && isOurs(parents.get(pid))));
  return [...peaks].filter(([pid]) => pid !== process.pid && isOurs(pid)).map(([, kibibytes]) => kibibytes);
}

function processIds(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
