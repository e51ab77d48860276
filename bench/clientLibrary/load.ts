/** For the benchmark `client-library`: submits with a constant number in flight, in a process of its own. */
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { callers, type Submit } from "./callers";

/** What was measured in one run. */
export interface Figures {
  /** Transactions a second. */
  rate: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Milliseconds of processor time of this process for each transaction. */
  cpu: number;
}

/** A request to this process, which answers each with what it has measured. */
export type Order = { inFlight: number; seconds: number } | { held: number } | "end";

/** Serves orders. */
export async function runLoad([way, at]: readonly string[]): Promise<void> {
  const submit = await callers[way!]!(at!);
  process.on("message", async (order: Order) => {
    if (order === "end") process.exit();
    process.send!("held" in order ? await memoryOf(submit, order.held) : await saturate(submit, order));
  });
  process.channel!.ref();
  process.send!("ready");
}

let count = 0;

async function saturate(
  submit: Submit,
  { inFlight, seconds }: { inFlight: number; seconds: number },
): Promise<Figures> {
  const took: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  const cpu = process.cpuUsage();
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const start = performance.now();
      await submit(`asset-${process.pid}-${count++}`);
      took.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const { user, system } = process.cpuUsage(cpu);
  const rate = (took.length * 1000) / (performance.now() - began);
  took.sort((a, b) => a - b);
  const percentile = (share: number): number => took[Math.floor(share * (took.length - 1))]!;
  return { rate, p50: percentile(0.5), p99: percentile(0.99), cpu: (user + system) / 1000 / took.length };
}

/** MiB that calls hold while they wait for their commit: the peers make no blocks meanwhile. */
async function memoryOf(submit: Submit, calls: number): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  const waiting = Promise.all(Array.from({ length: calls }, () => submit(`asset-${process.pid}-${count++}`)));
  await sleep(5000);
  const held = (used() - before) / 2 ** 20;
  process.send!("go on");
  await waiting;
  return held;
}
