/** What is kept in memory of a network's pods: their owner, their version of Fabric, and what keeps them from running. */
import { parseImage } from "../../../model/contracts/images";
import { instanceLabel } from "../../../model/contracts/labels";
import { type Pod, type Trouble, troubleOf } from "./podTrouble";
import { type KubernetesObject } from "./resources";

/** The part of a pod that is kept in memory. A whole pod is some ten kilobytes, and a network has many. */
export interface SeenPod extends KubernetesObject {
  trouble?: Trouble;
  /** Version of Fabric that its peer or orderer runs; absent until that is ready, and for an image whose tag is no version. */
  fabricVersion?: string;
}

/** Reduces a pod to its trouble and its version. */
export function keepTrouble(pod: Pod): SeenPod {
  const { name, namespace, resourceVersion, labels } = pod.metadata;
  const trouble = troubleOf(pod);
  const fabricVersion = fabricVersionOf(pod);
  return {
    metadata: {
      name,
      namespace,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      labels: { [instanceLabel]: labels?.[instanceLabel] ?? "" },
    },
    ...(trouble === undefined ? {} : { trouble }),
    ...(fabricVersion === undefined ? {} : { fabricVersion }),
  };
}

function fabricVersionOf({ spec, status }: Pod): string | undefined {
  const node = spec?.containers?.find(({ name }) => name === "peer" || name === "orderer");
  const isReady = status?.containerStatuses?.some(({ name, ready }) => name === node?.name && ready === true) ?? false;
  const [version] = /^\d+\.\d+\.\d+/.exec(parseImage(node?.image ?? "").tag ?? "") ?? [];
  return isReady ? version : undefined;
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

/**
 * Version of Fabric that a node runs.
 *
 * @param instance - `namespace/name`, such as `dev/peer0-org1`
 * @returns undefined while it is not ready, and for an image whose tag is no version
 */
export function fabricVersionAt(pods: readonly SeenPod[], instance: string): string | undefined {
  return pods.find((pod) => instanceOf(pod) === instance)?.fabricVersion;
}
