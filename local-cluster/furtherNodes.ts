/** Starts the nodes of a local cluster beyond the first one, which runs the control plane and must run. */
import { ApiClient } from "./apiClient";
import type { NodePlace } from "./instance";
import { ensureComponent, runningInit, startNode, waitFor } from "./node";
import type { ComponentName, NodeContext } from "./nodeComponents";
import { copyMissing, type NodeImages } from "./nodeImages";
import { nodePodRange } from "./nodeNetwork";
import type { ProcessRecord } from "./processes";
import type { Progress } from "./progress";
import { run } from "./run";
import type { LocalCluster } from "./runningCluster";

/** A cluster of processes of this machine. */
export interface DebianCluster extends LocalCluster {
  images: NodeImages;
}

/**
 * Starts nodes unless they run already, and returns when they are ready. All kubelets start before the first one is waited for.
 *
 * @throws {@link LocalError} when a component does not run
 */
export async function startFurtherNodes(
  contexts: readonly NodeContext[],
  cluster: DebianCluster,
  progress: Progress,
): Promise<void> {
  const started: { context: NodeContext; init: ProcessRecord; kubelet: ProcessRecord }[] = [];
  for (const context of contexts) started.push({ context, ...(await startKubelet(context, cluster, progress)) });
  for (const { context, init, kubelet } of started) {
    const { instance, node, link } = context;
    const api = new ApiClient(instance, link);
    await waitFor(node, progress, node.nodeName, 60, () => api.nodeIsReady(node.nodeName, kubelet.recordedAt));
    // It reads its own node at its start.
    await ensureComponent(context, init, "networkpolicy");
    await ensureComponent(context, init, "volumes");
  }
}

async function startKubelet(context: NodeContext, cluster: DebianCluster, progress: Progress) {
  const { instance, node } = context;
  progress.waiting(`starting ${node.nodeName}`);
  const init = runningInit(node) ?? (await startNode(context));
  const ensure = (name: ComponentName) => ensureComponent(context, init, name);
  await ensure("containerd");
  const images = cluster.images.of(node);
  await waitFor(node, progress, "containerd", 30, async () => {
    return (await images.list().catch(() => undefined)) !== undefined;
  });
  await copyMissing(cluster.images.of(instance), images, progress);
  await register(node, cluster);
  const kubelet = await ensure("kubelet");
  await ensure("kube-proxy");
  return { init, kubelet };
}

/**
 * Creates the Node object before its kubelet does, with the addresses of its pods: the controller manager would choose them in
 * the order in which nodes come.
 */
async function register(node: NodePlace, cluster: LocalCluster): Promise<void> {
  const podCIDR = nodePodRange(node);
  const object = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: node.nodeName },
    spec: { podCIDR, podCIDRs: [podCIDR] },
  };
  const flags = ["--server-side", "--force-conflicts", "--field-manager=baas-local", "--filename=-"];
  await run(cluster.kubectl, [`--kubeconfig=${cluster.kubeconfig}`, "apply", ...flags], {
    input: JSON.stringify(object),
  });
}
