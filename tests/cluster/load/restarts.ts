/** Which nodes of a network restart, in which order, how often, and how many are away at one time. */
import { setTimeout as sleep } from "node:timers/promises";

import { expect, vi } from "vitest";

import type { FabricCluster } from "../fabricCluster";
import { isReady, type TriedCluster } from "./triedCluster";

const nodes = "app.kubernetes.io/component in (certificate-authority,orderer,peer)";

/** What {@link watchRestarts} saw. */
export interface Restarts {
  /** The most nodes that were away at one time. */
  mostAway: number;
  /** The names of the pods that were replaced, the first one first. */
  restarted: string[];
  /** How often each node's pod was replaced, by name; 0 for those that went on. */
  times: Map<string, number>;
}

/** The pods of a network's nodes. */
export const nodePods = (cluster: Pick<TriedCluster, "list">, network: string): Promise<any[]> =>
  cluster.list("pods", "-n", network, "-l", nodes);

/** Runs something, and returns which nodes restarted meanwhile. */
export async function watchRestarts(
  cluster: Pick<TriedCluster, "list">,
  network: string,
  work: () => Promise<unknown>,
): Promise<Restarts> {
  const seen = new Map((await nodePods(cluster, network)).map(({ metadata: { name, uid } }) => [name, new Set([uid])]));
  const restarted: string[] = [];
  let [mostAway, isOver] = [0, false];
  const watch = (async () => {
    while (!isOver) {
      const now = await nodePods(cluster, network);
      mostAway = Math.max(mostAway, seen.size - now.filter(isReady).length);
      for (const { metadata } of now) {
        const { name, uid } = metadata;
        const uids = seen.get(name) ?? new Set();
        if (!uids.has(uid) && !restarted.includes(name)) restarted.push(name);
        seen.set(name, uids.add(uid));
      }
      await sleep(300);
    }
  })();
  await work().finally(() => (isOver = true));
  await watch;
  const times = new Map([...seen].map(([name, uids]) => [name, uids.size - 1]));
  const said = restarted.map((name) => (times.get(name)! > 1 ? `${name} (${times.get(name)} times)` : name));
  console.log(`at most ${mostAway} of ${seen.size} nodes away; restarted ${said.join(", ") || "none"}`);
  return { mostAway, restarted, times };
}

/** Kills the controller three times while nodes are restarting. */
export async function killControllerWhileNodesRestart(
  fabric: Pick<FabricCluster, "list" | "kubectl">,
  network: string,
): Promise<void> {
  for (let n = 0; n < 3; n++) {
    await vi.waitFor(async () => expect((await nodePods(fabric, network)).every(isReady)).toBe(false), {
      timeout: 300_000,
      interval: 200,
    });
    await fabric.kubectl("-n", "baas-platform", "delete", "pod", "--all", "--force", "--grace-period=0");
    await sleep(15_000);
  }
}
