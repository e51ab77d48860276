/** A machine outside the cluster with routes to everything in it, for tests of the connections that the cluster accepts. */
import { type ChildProcess, spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { podRange, serviceRange } from "../../../local-cluster/nodeNetwork";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { nodeProcess, runInNetworkOf } from "./networkNamespaces";

/**
 * A machine beside the cluster's node, as a network namespace with a link to the node and routes to pods and Services. All of it
 * ends with one process.
 */
export class OutsideMachine {
  /** Its address, from a range for documentation (RFC 5737). */
  static readonly address = "198.51.100.7";

  private constructor(private readonly holder: ChildProcess) {}

  /** Creates one with its link and routes. */
  static async connect(cluster: LocalCluster): Promise<OutsideMachine> {
    const holder = spawn("unshare", ["--net", "--", "sleep", "infinity"], { stdio: "ignore" });
    const machine = new OutsideMachine(holder);
    const node = nodeProcess(cluster);
    const routerAddress = "198.51.100.1";
    try {
      while (readlinkSync(`/proc/${machine.pid}/ns/net`) === readlinkSync("/proc/self/ns/net")) await sleep(50);
      const ip = (pid: number, ...args: string[]) => runInNetworkOf(pid, "ip", args);
      await ip(node, "link", "add", "outside", "type", "veth", "peer", "name", "eth0", "netns", String(machine.pid));
      await ip(node, "address", "add", `${routerAddress}/24`, "dev", "outside");
      await ip(node, "link", "set", "outside", "up");
      await ip(machine.pid, "address", "add", `${OutsideMachine.address}/24`, "dev", "eth0");
      await ip(machine.pid, "link", "set", "eth0", "up");
      for (const range of [podRange, serviceRange, cluster.nodeAddress]) {
        await ip(machine.pid, "route", "add", range, "via", routerAddress);
      }
      return machine;
    } catch (error) {
      machine.remove();
      throw error;
    }
  }

  /** A process in its network namespace. */
  get pid(): number {
    return this.holder.pid!;
  }

  /** Removes everything: the kernel removes the link with the namespace of its end. */
  remove(): void {
    this.holder.kill("SIGKILL");
  }
}
