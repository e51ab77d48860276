/** For the benchmark `client-library`: submits with a constant number in flight, in a process of its own. */
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
export type Order = { inFlight: number; seconds: number } | { held: number };

/** Serves orders. */
export async function runLoad([way, at]: readonly string[]): Promise<void> {
  const submit = await callers[way!]!(at!);
  process.on("message", async (order: Order | "end") => {
    if (order === "end") process.exit();
    process.send!("held" in order ? await hold(submit, order.held) : await saturate(submit, order));
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

/** Makes calls that are all under way at a time. */
async function hold(submit: Submit, calls: number): Promise<"committed"> {
  await Promise.all(Array.from({ length: calls }, () => submit(`asset-${process.pid}-${count++}`)));
  return "committed";
}
