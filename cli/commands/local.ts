/** `baas local`: manages a Kubernetes on this machine, for development and tests. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";

import { defaultName, describeInstance } from "../../local-cluster/instance";
import {
  down as stopCluster,
  requireRunning,
  restartNode,
  status as clusterStatus,
  stopNode,
} from "../../local-cluster/localCluster";
import { terminalProgress } from "../../local-cluster/progress";
import { loadArchive } from "../../local-cluster/releaseArchive";
import { baas } from "../../model/baasCommand";
import { deleteRecordsOf } from "../engine/record/writeRecord";
import { startOwnCluster } from "../start/ownCluster";

const projectDir = join(__dirname, "../..");

interface Instance {
  name?: string;
}

export async function up({ name, nodes }: Instance & { nodes?: number }): Promise<number> {
  const progress = terminalProgress();
  const since = Date.now();
  const cluster = await startOwnCluster(projectDir, name, progress, nodes);
  progress.done();
  const seconds = ((Date.now() - since) / 1000).toFixed(1);
  console.log(`The local cluster "${cluster.name}" is ready (${seconds} s).`);
  console.log(`  kubeconfig  ${cluster.kubeconfig} (context ${cluster.context})`);
  console.log(`  node        ${cluster.nodeAddress}: NodePorts are reached there, from this machine only`);
  console.log(`  next        ${baas("local kubectl", ...nameOption(name), "get", "pods", "--all-namespaces")}`);
  return 0;
}

export async function down({ name, purge }: Instance & { purge?: true }): Promise<number> {
  const progress = terminalProgress();
  const wasThere = await stopCluster({ name, purge, progress });
  if (purge) deleteRecordsOf(projectDir, describeInstance(name).context);
  progress.done();
  const done = purge ? "is removed" : "is stopped; its data is kept";
  console.log(`The local cluster "${name ?? defaultName}" ${wasThere ? done : "was not there"}.`);
  return 0;
}

export async function status({ name }: Instance): Promise<number> {
  const found = await clusterStatus({ name });
  console.log(`The local cluster "${found.name}" is ${found.state}.`);
  for (const [component, alive] of Object.entries(found.components))
    console.log(`  ${alive ? "runs  " : "ENDED "} ${component}`);
  if (found.cluster) {
    console.log(`  kubeconfig ${found.cluster.kubeconfig} (context ${found.cluster.context})`);
    console.log(`  address    ${found.cluster.nodeAddress}`);
    for (const node of found.nodes)
      console.log(`  node       ${node.name} (${node.zone}) ${node.isRunning ? "runs" : "is stopped"}`);
    console.log(`  images     ${found.images.length}`);
  } else {
    console.log(`  -> ${baas("local up", ...nameOption(name))}`);
  }
  return found.state === "running" ? 0 : 1;
}

interface Node extends Instance {
  node: string;
}

export async function nodeStop({ name, node }: Node): Promise<number> {
  const progress = terminalProgress();
  await stopNode({ name, node, progress });
  progress.done();
  console.log(`${node} is stopped, as if its power failed. Kubernetes notices after about a minute.`);
  console.log(`  next        ${baas("local node start", ...nameOption(name), node)}`);
  return 0;
}

export async function nodeStart({ name, node }: Node): Promise<number> {
  const progress = terminalProgress();
  await restartNode({ name, node, progress });
  progress.done();
  console.log(`${node} is ready.`);
  return 0;
}

export async function load({ name, archive }: Instance & { archive: string }): Promise<number> {
  const cluster = await requireRunning(name);
  for (const reference of await loadArchive(cluster, archive, terminalProgress())) console.log(reference);
  return 0;
}

/** Passes everything after `kubectl` on to it. */
export async function kubectl({ name, arguments: args }: Instance & { arguments: string[] }): Promise<number> {
  const cluster = await requireRunning(name);
  const child = spawn(cluster.kubectl, args, {
    stdio: "inherit",
    env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
  });
  // kubectl handles Ctrl-C; this process only waits for it to end.
  process.on("SIGINT", () => undefined);
  return new Promise((resolve, reject) => {
    child
      .on("error", reject)
      .on("exit", (code, signal) => resolve(signal === null ? code! : 128 + constants.signals[signal]));
  });
}

function nameOption(name: string | undefined): string[] {
  return name === undefined ? [] : ["--name", name];
}
