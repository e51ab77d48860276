/** What is kept in memory of a network's pods: their owner, whether they are ready, and what keeps them from running. */
import { instanceLabel } from "../../../model/contracts/labels";
import { type Pod, type Trouble, troubleOf } from "./podTrouble";
import { type KubernetesObject } from "./resources";

/** The part of a pod that is kept in memory. A whole pod is some ten kilobytes, and a network has many. */
export interface SeenPod extends KubernetesObject {
  /** Whether it is ready, and is to stay. */
  ready?: boolean;
  /** Since when it is ready, as its node's clock says; in milliseconds since 1970. */
  readySince?: number;
  trouble?: Trouble;
}

/** Label that Kubernetes gives a pod of a StatefulSet: the ControllerRevision with the pod template that it was made from. */
export const revisionLabel = "controller-revision-hash";

/** Reduces a pod to {@link SeenPod}. */
export function keepOfPod(pod: Pod): SeenPod {
  const { name, namespace, uid, resourceVersion, deletionTimestamp, labels } = pod.metadata;
  const trouble = troubleOf(pod);
  const revision = labels?.[revisionLabel];
  const readiness = pod.status?.conditions?.find(({ type, status }) => type === "Ready" && status === "True");
  const readySince = Date.parse(readiness?.lastTransitionTime ?? "");
  return {
    metadata: {
      name,
      namespace,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      labels: {
        [instanceLabel]: labels?.[instanceLabel] ?? "",
        ...(revision !== undefined && { [revisionLabel]: revision }),
      },
    },
    ...(readiness !== undefined && deletionTimestamp === undefined && { ready: true }),
    ...(!Number.isNaN(readySince) && { readySince }),
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
