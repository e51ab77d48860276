/** Finds out what can be reached from several places, by running probeProgram.ts there. */
import { run } from "../../../local-cluster/run";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { bundledProgram } from "./bundledProgram";
import { runInNetworkOf } from "./networkNamespaces";
import type { ProbeTask, Target } from "./probeProgram";

/** Runs a program at the place from which a test tries connections. */
export class RemoteProbe {
  private constructor(private readonly execute: (args: readonly string[]) => Promise<string>) {}

  /** In a container that has Node.js. */
  static async inPod(cluster: LocalCluster, namespace: string, pod: string, container?: string): Promise<RemoteProbe> {
    const program = await bundledProgram("probeProgram.ts");
    const at = ["--kubeconfig", cluster.kubeconfig, "-n", namespace, "exec", "-i", pod];
    const exec = [...at, ...(container ? ["-c", container] : []), "--", "env"];
    return new RemoteProbe((args) => run(cluster.kubectl, [...exec, ...args, "node", "-"], { input: program }));
  }

  /** In the network namespace of a process. */
  static async inNetworkOf(pid: number): Promise<RemoteProbe> {
    const program = await bundledProgram("probeProgram.ts");
    return new RemoteProbe((args) => runInNetworkOf(pid, "env", [...args, process.execPath, "-"], program));
  }

  /** Names of the targets that accept a connection, sorted, each once. */
  async reach(targets: readonly Target[]): Promise<string[]> {
    const names = await this.perform<string[]>({ command: "reach", targets });
    return [...new Set(names)].sort();
  }

  /** Sends an HTTPS request. */
  ask(where: Omit<Extract<ProbeTask, { command: "ask" }>, "command">): Promise<{ status: number; body: string }> {
    return this.perform({ command: "ask", ...where });
  }

  private async perform<T>(task: ProbeTask): Promise<T> {
    return JSON.parse(await this.execute([`PROBE=${JSON.stringify(task)}`])) as T;
  }
}
