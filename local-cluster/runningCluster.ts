/** What a running local cluster is to all that use it. How one comes about is in localCluster.ts. */

/** A running local cluster, and how to talk to it. All paths are absolute. */
export interface LocalCluster {
  name: string;
  kubeconfig: string;
  /** The context in the kubeconfig: `baas-local`, or `baas-local-NAME` for another name than `local`. */
  context: string;
  /** The kubectl of the cluster's own version. */
  kubectl: string;
  /** Where NodePorts answer, and the API server on port 6443. Reachable from this machine only. */
  nodeAddress: string;
  nodeName: string;
  stateDir: string;
  /** containerd's command line client, and the socket that it needs. */
  ctr: string;
  containerdSocket: string;
}
