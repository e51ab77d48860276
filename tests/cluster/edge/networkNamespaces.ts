/** Runs programs in network namespaces, and finds the network namespace of the cluster's node. */
import { describeInstance } from "../../../local-cluster/instance";
import { runningInit } from "../../../local-cluster/node";
import { run } from "../../../local-cluster/run";
import type { LocalCluster } from "../../../local-cluster/runningCluster";

/** Runs a program in the network namespace of a process. */
export function runInNetworkOf(pid: number, program: string, args: readonly string[], input?: string): Promise<string> {
  return run("nsenter", [`--target=${pid}`, "--net", "--", program, ...args], {
    ...(input !== undefined && { input }),
  });
}

/** The process whose network namespace is the node's. */
export function nodeProcess({ name }: LocalCluster): number {
  return runningInit(describeInstance(name))!.pid;
}
