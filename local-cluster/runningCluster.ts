/** What a running local cluster is to all that use it. How one comes about is in localCluster.ts. */

/** How a local cluster is made: from processes of this machine (Debian or Ubuntu, root), or by kind in a container. */
export type ClusterType = "debian" | "kind";

/** A running local cluster, and how to talk to it. All paths are absolute. */
export interface LocalCluster {
  type: ClusterType;
  name: string;
  kubeconfig: string;
  /** The context in the kubeconfig: `baas-local`, or `baas-local-NAME` for another name than `local`. */
  context: string;
  /** A kubectl that fits the cluster's version. */
  kubectl: string;
  /** URL of the API server. */
  server: string;
  /** Where NodePorts answer: with kind, those that were mapped when it was made. Reachable from this machine only. */
  nodeAddress: string;
  nodeName: string;
  stateDir: string;
  images: ImageStore;
}

/** What there is of a local cluster that was made once. */
export interface ClusterState {
  state: "stopped" | "running" | "broken";
  /** Each component and whether it runs; empty when stopped. */
  components: Record<string, boolean>;
  /** Only while it runs, whole and healthy. */
  cluster?: LocalCluster;
}

/** The images that a local cluster's node has. References are in full, with registry and tag. */
export interface ImageStore {
  list(): Promise<string[]>;
  /** Imports a tar file as `docker save` or `buildah push docker-archive:` write it. */
  importArchive(file: string): Promise<void>;
  /** Imports an image that the Docker engine of this machine has. */
  importFromDocker(reference: string): Promise<void>;
  /** Gives an image a second name. */
  tag(from: string, to: string): Promise<void>;
}
