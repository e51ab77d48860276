/** The benchmark `controller`: memory and CPU time of the idle controller. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { down, up } from "../local-cluster/localCluster";
import { definitions } from "../model/customResources";
import { TestNetwork } from "../services/controller/src/testing/testNetwork";
import { ControllerPlatform } from "../tests/cluster/controllerPlatform";
import { buildController, ControllerProcess } from "../tests/cluster/controllerProcess";

const idleSeconds = 60;

/**
 * Measures the idle controller with 1 and with 20 networks of three CAs, two orderers and three peers. The Kubernetes API is
 * real, the nodes are doubles.
 */
export async function measureController(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "baas-bench-"));
  await buildController();
  const cluster = await up({ type: "debian", name: "bench" });
  const platform = await ControllerPlatform.install(cluster);
  const networks: TestNetwork[] = [];
  try {
    await platform.writeKubeconfig(join(folder, "kubeconfig"));
    console.log(`idle for ${idleSeconds} s\nnetworks  objects  ready after s  resident MiB  most MiB  CPU ms/s`);
    for (const count of [1, 20]) {
      while (networks.length < count) {
        const namespace = await platform.network(`bench-${networks.length}`);
        const network = new TestNetwork(namespace, namespace.name);
        networks.push(network);
        const spec = await network.nodes();
        await network.applyChannel(spec);
        await network.startServers("1.0", spec.organizations);
        await network.applyChaincode("1.0");
      }
      console.log(await measure(platform, folder, count));
    }
  } finally {
    await Promise.all(networks.map((network) => network.stop()));
    platform.close();
    await down({ name: "bench", purge: true });
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(platform: ControllerPlatform, folder: string, networks: number): Promise<string> {
  const started = Date.now();
  const controller = new ControllerProcess({
    kubeconfig: join(folder, "kubeconfig"),
    podName: "baas-controller-0",
    podNamespace: platform.namespace,
  });
  try {
    const kinds = definitions.map(({ plural }) => plural).join();
    const list = async () => JSON.parse(await platform.kubectl("get", kinds, "--all-namespaces", "-o", "json")).items;
    const isReady = ({ status }: any) =>
      status?.conditions?.some(({ type, status }: any) => type === "Ready" && status === "True");
    let objects = await list();
    while (!objects.every(isReady)) {
      if (Date.now() - started > 300_000) throw new Error("not all objects are ready after 300 s");
      await sleep(500);
      objects = await list();
    }
    const ready = (Date.now() - started) / 1000;
    await sleep(15_000);
    const before = cpuMilliseconds(controller.pid);
    await sleep(idleSeconds * 1000);
    const cpu = (cpuMilliseconds(controller.pid) - before) / idleSeconds;
    const columns = [String(networks).padStart(8), String(objects.length).padStart(7), ready.toFixed(1).padStart(13)];
    const memory = [memoryOf(controller.pid, "VmRSS").padStart(12), memoryOf(controller.pid, "VmHWM").padStart(8)];
    return [...columns, ...memory, cpu.toFixed(1).padStart(8)].join("  ");
  } finally {
    await controller.stop();
  }
}

/** CPU time of a process in milliseconds, user and system; the kernel counts hundredths of a second. */
function cpuMilliseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** A figure of a process's status, in MiB. */
function memoryOf(pid: number, name: string): string {
  const [, kibibytes] = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return (Number(kibibytes) / 1024).toFixed(0);
}
