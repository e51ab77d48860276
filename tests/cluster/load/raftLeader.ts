/** Who leads the orderers of a channel. */
import type { FabricCluster } from "../fabricCluster";

const change = /Raft leader changed: \d+ -> (\d+) channel=(\S+) node=(\d+)/g;

/** The pod of the orderer that leads a channel, as the orderers' logs say. */
export async function raftLeader(fabric: FabricCluster, namespace: string, channel: string): Promise<string> {
  const selector = "app.kubernetes.io/component=orderer";
  for (const { metadata } of await fabric.list("pods", "-n", namespace, "-l", selector)) {
    const log = await fabric.kubectl("-n", namespace, "logs", metadata.name, "-c", "orderer");
    const last = [...log.matchAll(change)].filter(([, , of]) => of === channel).at(-1);
    if (last !== undefined && last[1] === last[3]) return metadata.name;
  }
  throw new Error(`no orderer of ${channel} leads`);
}
