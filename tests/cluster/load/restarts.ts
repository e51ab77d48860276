/** Which nodes of a network restart, in which order, and how many are away at one time. */
import { setTimeout as sleep } from "node:timers/promises";

import type { TriedCluster } from "./networkUnderLoad";

const nodes = "app.kubernetes.io/component in (certificate-authority,orderer,peer)";

/** What {@link watchRestarts} saw. */
export interface Restarts {
  /** The most nodes that were away at one time. */
  mostAway: number;
  /** The names of the pods that were replaced, the first one first. */
  restarted: string[];
}

/** The nodes' pods: name, UID and whether it is ready. */
export async function nodePods(
  cluster: Pick<TriedCluster, "list">,
  network: string,
): Promise<{ name: string; uid: string; isReady: boolean }[]> {
  return (await cluster.list("pods", "-n", network, "-l", nodes)).map(({ metadata, status }) => ({
    name: metadata.name,
    uid: metadata.uid,
    isReady:
      metadata.deletionTimestamp === undefined &&
      status.conditions?.some((each: any) => each.type === "Ready" && each.status === "True"),
  }));
}

/** Runs something, and returns which nodes restarted meanwhile. */
export async function watchRestarts(
  cluster: Pick<TriedCluster, "list">,
  network: string,
  work: () => Promise<unknown>,
): Promise<Restarts> {
  const first = new Map((await nodePods(cluster, network)).map(({ name, uid }) => [name, uid]));
  const restarted: string[] = [];
  let [mostAway, isOver] = [0, false];
  const watch = (async () => {
    while (!isOver) {
      const now = await nodePods(cluster, network);
      mostAway = Math.max(mostAway, first.size - now.filter(({ isReady }) => isReady).length);
      for (const { name, uid } of now) if (first.get(name) !== uid && !restarted.includes(name)) restarted.push(name);
      await sleep(300);
    }
  })();
  await work().finally(() => (isOver = true));
  await watch;
  console.log(`at most ${mostAway} of ${first.size} nodes away; restarted ${restarted.join(", ") || "none"}`);
  return { mostAway, restarted };
}
