/** The interface of a running local cluster. localCluster.ts starts one. */

/** The type of a local cluster: processes of this machine (Debian or Ubuntu, root), or a container of kind. */
export type ClusterType = "debian" | "kind";

/** A running local cluster, and how to talk to it. All paths are absolute. */
export interface LocalCluster {
  type: ClusterType;
  name: string;
  kubeconfig: string;
  /** The context in the kubeconfig: `baas-local`, or `baas-local-NAME` for another name than `local`. */
  context: string;
  /** Path of a kubectl that matches the cluster's version. */
  kubectl: string;
  /** URL of the API server. */
  server: string;
  /** The address of NodePorts, reachable from this machine only. With kind, only the ports mapped at its creation work. */
  nodeAddress: string;
  /** The name of the first node, which is the one at {@link nodeAddress}. */
  nodeName: string;
  stateDir: string;
  images: ImageStore;
}

/** NodePorts of the networks of a local cluster. */
export interface GatewayPorts {
  /** Those that networks use: they must be reached from this machine. */
  used: readonly number[];
  /** Those that further networks may use: they are of no use where another program has them. */
  spare: readonly number[];
}

/** A node of a local cluster. */
export interface NodeState {
  /** The name of the Kubernetes node. */
  name: string;
  /** Its label `topology.kubernetes.io/zone`. */
  zone: string;
  /** Whether it runs, as a machine that is switched on; its pods and components may fail all the same. */
  isRunning: boolean;
}

/** The state of an existing local cluster. */
export interface ClusterState {
  /** `running` even if nodes other than the first one are stopped. */
  state: "stopped" | "running" | "broken";
  /** Each component of the nodes that run, and whether it runs; empty when stopped. */
  components: Record<string, boolean>;
  /** The first one first. */
  nodes: NodeState[];
  /** Present only while all its components run. */
  cluster?: LocalCluster;
}

/** The images of a local cluster's nodes. References are in full, with registry and tag. */
export interface ImageStore {
  list(): Promise<string[]>;
  /** Imports a tar file as `docker save` or `buildah push docker-archive:` write it. */
  importArchive(file: string): Promise<void>;
  /** Imports an image that the Docker engine of this machine has. */
  importFromDocker(reference: string): Promise<void>;
  /** Gives an image a second name. */
  tag(from: string, to: string): Promise<void>;
}
