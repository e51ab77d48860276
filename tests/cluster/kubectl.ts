/** Runs kubectl on a local cluster as its administrator. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { run } from "../../local-cluster/run";
import type { LocalCluster } from "../../local-cluster/runningCluster";

/** Runs a command; returns what it prints. */
export function kubectl(cluster: LocalCluster, ...args: string[]): Promise<string> {
  return run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, ...args]);
}

/** Applies objects, also over fields that others manage. */
export async function applyObjects(cluster: LocalCluster, items: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const args = ["--kubeconfig", cluster.kubeconfig, "apply", "--server-side", "--force-conflicts", "-f", "-"];
  await run(cluster.kubectl, args, { input });
}

/** A port of this machine that leads to a pod until the process ends. */
export interface ForwardedPort {
  port: number;
  process: ChildProcess;
}

/**
 * Forwards a free port of this machine.
 *
 * @param target - such as `pod/peer0-org1-0` or `service/peer0-org1`
 * @throws Error when the pod cannot be reached
 */
export function forwardPort(
  cluster: LocalCluster,
  namespace: string,
  target: string,
  port: number,
): Promise<ForwardedPort> {
  const args = ["--kubeconfig", cluster.kubeconfig, "-n", namespace, "port-forward", target, `:${port}`];
  const forward = spawn(cluster.kubectl, args, { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    createInterface({ input: forward.stdout }).on("line", (line) => {
      const [, local] = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (local !== undefined) resolve({ port: Number(local), process: forward });
    });
    forward.on("exit", (code) => reject(new Error(`kubectl port-forward ${target} ended with ${code}`)));
  });
}
