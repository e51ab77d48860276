/** Asks, from one place or another, what can be reached from there. */
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { run } from "../../../local-cluster/run";
import { bundled } from "./edgeNetwork";
import { runInNetworkOf } from "./outside";
import type { Order, Target } from "./probe";

export class Prober {
  private constructor(private readonly execute: (args: string[]) => Promise<string>) {}

  /** In a container that has Node.js. */
  static async inPod(cluster: LocalCluster, namespace: string, pod: string, container?: string): Promise<Prober> {
    const program = await bundled("probe.ts");
    const at = ["--kubeconfig", cluster.kubeconfig, "-n", namespace, "exec", "-i", pod];
    const exec = [...at, ...(container ? ["-c", container] : []), "--", "env"];
    return new Prober((args) => run(cluster.kubectl, [...exec, ...args, "node", "-"], { input: program }));
  }

  /** In the network namespace of a process. */
  static async inNetworkOf(pid: number): Promise<Prober> {
    const program = await bundled("probe.ts");
    return new Prober((args) => runInNetworkOf(pid, "env", [...args, process.execPath, "-"], program));
  }

  /** Names of the targets that take a connection, sorted, each once. */
  async reach(targets: Target[]): Promise<string[]> {
    const names = await this.order<string[]>({ command: "reach", targets });
    return [...new Set(names)].sort();
  }

  /** Asks over HTTPS. */
  ask(where: Omit<Extract<Order, { command: "ask" }>, "command">): Promise<{ status: number; body: string }> {
    return this.order({ command: "ask", ...where });
  }

  private async order<T>(order: Order): Promise<T> {
    return JSON.parse(await this.execute([`PROBE=${JSON.stringify(order)}`])) as T;
  }
}
