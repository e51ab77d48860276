/** Memory of pods, as the kubelet measures it. */
import { run } from "../local-cluster/run";
import type { LocalCluster } from "../local-cluster/runningCluster";

/** Working set of the pods of a namespace, in bytes. The kubelet measures about every ten seconds. */
export async function memoryOfPods(cluster: LocalCluster, namespace: string, names = /./): Promise<number> {
  const path = `/api/v1/nodes/${cluster.nodeName}/proxy/stats/summary`;
  const { pods } = JSON.parse(await run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, "get", "--raw", path]));
  return pods
    .filter(({ podRef }: any) => podRef.namespace === namespace && names.test(podRef.name))
    .map(({ memory }: any) => memory?.workingSetBytes ?? 0)
    .reduce((sum: number, each: number) => sum + each, 0);
}
