/** What is kept in memory of a network's pods: their owner, and what keeps them from running. */
import { instanceLabel } from "../../../model/contracts/labels";
import { type Pod, type Trouble, troubleOf } from "./podTrouble";
import { type KubernetesObject } from "./resources";

/** The part of a pod that is kept in memory. A whole pod is some ten kilobytes, and a network has many. */
export interface SeenPod extends KubernetesObject {
  trouble?: Trouble;
}

/** Reduces a pod to its trouble. */
export function keepTrouble(pod: Pod): SeenPod {
  const { name, namespace, resourceVersion, labels } = pod.metadata;
  const trouble = troubleOf(pod);
  return {
    metadata: {
      name,
      namespace,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      labels: { [instanceLabel]: labels?.[instanceLabel] ?? "" },
    },
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** The node or server that a pod belongs to, `namespace/name`, such as `dev/peer0-org1`. */
export const instanceOf = ({ metadata }: SeenPod): string =>
  `${metadata.namespace}/${metadata.labels?.[instanceLabel]}`;

/**
 * What keeps the pods of a node or server from running.
 *
 * @param instance - `namespace/name`, such as `dev/peer0-org1`
 */
export function troubleAt(pods: readonly SeenPod[], instance: string): Trouble | undefined {
  return pods.find((pod) => pod.trouble !== undefined && instanceOf(pod) === instance)?.trouble;
}
