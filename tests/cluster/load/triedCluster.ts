/** The cluster that networks under load are on. */
import type { ReachedCluster } from "./loadClient";

/** A cluster that networks under load are on. */
export interface TriedCluster {
  cluster: ReachedCluster;
  /** The items that `kubectl get` lists. */
  list(...args: string[]): Promise<any[]>;
}

/** Whether a pod serves, and is not being deleted. */
export const isReady = ({ metadata, status }: any): boolean =>
  metadata.deletionTimestamp === undefined &&
  (status.conditions?.some((each: any) => each.type === "Ready" && each.status === "True") ?? false);
