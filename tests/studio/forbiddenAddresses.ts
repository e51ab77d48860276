/** Addresses that nothing in a studio's session may reach, whatever its network. */
import type { Target } from "../cluster/edge/probeProgram";

/**
 * Of Kubernetes, of the node, and of machines that clouds have.
 *
 * @param list - the items that `kubectl get` lists
 * @param gatewayPort - of the network, on the node
 */
export async function forbiddenAddresses(
  list: (...args: string[]) => Promise<any[]>,
  gatewayPort: number,
): Promise<Target[]> {
  const [[kubernetes], [dns], [node]] = await Promise.all([
    list("-n", "default", "service"),
    list("-n", "kube-system", "service"),
    list("node"),
  ]);
  const nodeIp = node.status.addresses.find(({ type }: any) => type === "InternalIP").address;
  const addresses: [string, number][] = [
    // The API, and the node with its kubelet, also as what sees the pod's network from the other side.
    [kubernetes.spec.clusterIP, 443],
    ...[6443, 10_250, 22, gatewayPort].map((port): [string, number] => [nodeIp, port]),
    [dns.spec.clusterIP, 53],
    // Where clouds tell machines who they are.
    ["169.254.169.254", 80],
    ["fd00:ec2::254", 80],
    ["100.100.100.200", 80],
    ["1.1.1.1", 443],
  ];
  return addresses.map(([host, port]) => ({ name: `${host} ${port}`, host, port }));
}
