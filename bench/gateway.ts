/** The benchmark `gateway`: latency and throughput of clients with and without the gateway, on real Fabric. */
import { apply } from "../cli/engine/apply/apply";
import { progressTo } from "../local-cluster/progress";
import { run } from "../local-cluster/run";
import { policyPackIn } from "../policies/pack";
import type { Kind, Submission } from "../tests/cluster/load/clientProgram";
import { LoadPod } from "../tests/cluster/load/loadPod";
import { onFabric } from "./fabricOnCluster";

const runs = Number(process.env.RUNS ?? 5);
const secondsEach = Number(process.env.SECONDS_EACH ?? 15);
const cases: [Kind, number][] = [
  ["evaluate", 1],
  ["submit", 1],
  ["evaluate", 20],
  ["submit", 100],
];
const peer = "peer0-org1";
const job = "asset-transfer-1-0-smoke-test";
const progress = progressTo(() => undefined);

/**
 * Measures the cost of the gateway. A client in a pod calls the same peer directly and through the gateway, in turns, RUNS times
 * (5) for SECONDS_EACH (15). It sends queries and transactions, one at a time (latency) and many (throughput). The benchmark
 * creates a local cluster of its own, with real Fabric from FABRIC_ARCHIVES.
 */
export async function measureGateway(): Promise<void> {
  await onFabric(async (cluster, project) => {
    const policies = policyPackIn(project.dir);
    for (const stack of ["platform-local", "dev"]) await apply({ projectDir: project.dir, stack, policies, progress });
    const kubectl = (...args: string[]) =>
      run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, "-n", "dev", ...args]);
    const ip = (await kubectl("get", "service", "gateway", "-o", "jsonpath={.spec.clusterIP}")).trim();
    const host = "peer0.org1.dev.example.com";
    const ways = {
      direct: await LoadPod.start(cluster, "dev", job),
      gateway: await LoadPod.start(cluster, "dev", job, {
        hostAliases: [{ ip, hostnames: [host] }],
        reach: (each) => (each.name === peer ? { ...each, address: `${host}:30443` } : each),
      }),
    };
    for (const [kind, inFlight] of cases) {
      const figures: Record<string, Figures[]> = { direct: [], gateway: [] };
      // The first round only warms up. Rounds begin with each way in turn, as the machine may slow down with time.
      for (let round = 0; round <= runs; round++) {
        const order = Object.entries(ways);
        for (const [way, client] of round % 2 === 0 ? order : order.reverse()) {
          const measured = figuresOf(await client.saturate(kind, peer, inFlight, round === 0 ? 5 : secondsEach));
          if (round > 0) figures[way]!.push(measured);
        }
      }
      console.log(`${kind}, ${inFlight} in flight, ${runs} x ${secondsEach} s`);
      for (const [way, all] of Object.entries(figures)) console.log(`  ${way.padEnd(8)} ${describe(all)}`);
    }
  });
}

/** Calls a second, and milliseconds. */
interface Figures {
  rate: number;
  p50: number;
  p95: number;
  failed: number;
}

function figuresOf(submissions: readonly Submission[]): Figures {
  const done = submissions.filter(({ outcome }) => outcome === "committed");
  const times = done.map(({ took }) => took).sort((a, b) => a - b);
  const first = Math.min(...submissions.map(({ start }) => start));
  const last = Math.max(...submissions.map(({ start, took }) => start + took));
  const percentile = (share: number) => times[Math.floor(share * (times.length - 1))]!;
  const rate = (done.length * 1000) / (last - first);
  return { rate, p50: percentile(0.5), p95: percentile(0.95), failed: submissions.length - done.length };
}

/** Median of all rounds, and the rate's range. */
function describe(all: readonly Figures[]): string {
  const middle = (key: keyof Figures) =>
    all.map((each) => each[key]).sort((a, b) => a - b)[Math.floor(all.length / 2)]!;
  const rates = all.map(({ rate }) => rate);
  const range = `${Math.min(...rates).toFixed(1)} to ${Math.max(...rates).toFixed(1)}`;
  const failed = all.reduce((sum, each) => sum + each.failed, 0);
  return `${middle("rate").toFixed(1)} calls/s (${range}), p50 ${middle("p50").toFixed(1)} ms, p95 ${middle("p95").toFixed(1)} ms, ${failed} failed`;
}
