import { loadArchive } from "../../infra/local/images";
import { down, up } from "../../infra/local/cluster";
import { progressTo } from "../../infra/local/output";
import { run } from "../../infra/local/run";
import { apply } from "../../infra/offline/apply/apply";
import { LoadPod } from "../cluster/load/loadPod";
import type { Submission } from "../cluster/load/program";
import { ProjectCopy } from "../projectCopy";

const RUNS = Number(process.env.RUNS ?? 5);
const SECONDS = 20;
const peer = "peer0-org1";
const job = "asset-transfer-1-0-smoke-test";
const progress = progressTo(() => undefined);

/**
 * What the gateway costs: the same client, in a pod, submits to the same peer directly and through the gateway, in turns, RUNS times
 * (5) each: with one transaction on its way (latency) and with 100 (throughput). On a local cluster of its own, with real Fabric from
 * FABRIC_ARCHIVES.
 */
export async function gateway(): Promise<void> {
  const archives = process.env.FABRIC_ARCHIVES;
  if (archives === undefined) throw new Error("FABRIC_ARCHIVES is not set: release archives of Fabric and Fabric CA");
  const cluster = await up({ name: "bench" });
  const project = new ProjectCopy();
  try {
    for (const archive of archives.split(":")) await loadArchive(cluster, archive);
    project.edit("stacks/environments/local.yaml", "context: baas-local", `context: ${cluster.context}`);
    for (const stack of ["platform-local", "dev"]) await apply({ projectDir: project.dir, stack, progress });
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
    for (const inFlight of [1, 100]) {
      console.log(`${inFlight} in flight, ${SECONDS} s each`);
      for (let round = 0; round <= RUNS; round++) {
        for (const [way, client] of Object.entries(ways)) {
          const figures = summary(await client.saturate(peer, inFlight, round === 0 ? 5 : SECONDS));
          // The first only warms up.
          if (round > 0) console.log(`  ${way.padEnd(8)} ${figures}`);
        }
      }
    }
  } finally {
    project.remove();
    await down({ name: "bench", purge: true });
  }
}

function summary(submissions: readonly Submission[]): string {
  const committed = submissions.filter(({ outcome }) => outcome === "committed");
  const times = committed.map(({ took }) => took).sort((a, b) => a - b);
  const [first] = submissions.map(({ start }) => start).sort((a, b) => a - b);
  const last = Math.max(...submissions.map(({ start, took }) => start + took));
  const rate = (committed.length * 1000) / (last - first!);
  const percentile = (share: number) => times[Math.floor(share * (times.length - 1))];
  const failed = submissions.length - committed.length;
  return `${rate.toFixed(1)} tx/s, p50 ${percentile(0.5)} ms, p95 ${percentile(0.95)} ms, ${failed} failed`;
}
