/** What is kept in memory of a network's pods: their owner, when they started, and what keeps them from running. */
import { instanceLabel, roleLabel } from "../../../model/contracts/labels";
import { type Pod, type Trouble, troubleOf } from "./podTrouble";
import { type KubernetesObject } from "./resources";

/** The part of a pod that is kept in memory. A whole pod is some ten kilobytes, and a network has many. */
export interface SeenPod extends KubernetesObject {
  trouble?: Trouble;
  /** When its init containers had ended, and so had enrolled; in milliseconds since 1970. */
  enrolledAt?: number;
  /** Whether it has ended or is being deleted: another one takes its place. */
  ended?: true;
}

/** Reduces a pod to what is kept of it. */
export function reducePod(pod: Pod): SeenPod {
  const { name, namespace, resourceVersion, creationTimestamp, deletionTimestamp, labels } = pod.metadata;
  const trouble = troubleOf(pod);
  const initialized = pod.status?.conditions?.find(({ type, status }) => type === "Initialized" && status === "True");
  const enrolledAt = Date.parse(initialized?.lastTransitionTime ?? "");
  const ended = deletionTimestamp !== undefined || /^(Succeeded|Failed)$/.test(pod.status?.phase ?? "");
  return {
    metadata: {
      name,
      namespace,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      labels: { [instanceLabel]: labels?.[instanceLabel] ?? "", [roleLabel]: labels?.[roleLabel] ?? "" },
    },
    ...(trouble === undefined ? {} : { trouble }),
    ...(Number.isNaN(enrolledAt) ? {} : { enrolledAt }),
    ...(ended ? { ended } : {}),
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
