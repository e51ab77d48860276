/** The nodes of a Rollout with the pods that run them, as last seen or as they are at this moment. */
import { templateHashAnnotation } from "../../../../model/contracts/annotations";
import type { KeyReport } from "../../../../model/contracts/enrolment";
import type { RolloutNode } from "../../../../model/customResources/rollout";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { type Kind, pods, statefulSets } from "../kinds";
import type { SeenObjects } from "../objects";
import { instanceOf, revisionLabel, type SeenPod } from "../pods";
import type { Trouble } from "../podTrouble";
import type { KubernetesObject, Rollout, StatefulSet } from "../resources";

/** A node, and the pod that runs it. */
export interface Node extends RolloutNode {
  namespace: string;
  /** Whether its StatefulSet has the template that the Rollout names, and Kubernetes has seen that. */
  isDeclared: boolean;
  /** Name of the ControllerRevision with its StatefulSet's template. */
  revision?: string;
  /** Absent while Kubernetes has not made it. */
  pod?: NodePod;
}

/** The pod of a node. */
export interface NodePod {
  name: string;
  uid: string;
  resourceVersion: string;
  /** Name of the ControllerRevision with the template that it was made from. */
  revision?: string;
  isReady: boolean;
  /** In milliseconds since 1970. */
  readySince?: number;
  /** Whether it is on its way out. */
  isEnding: boolean;
  trouble?: Trouble;
  /** When it had enrolled, in milliseconds since 1970. */
  enrolledAt?: number;
  /** What it has said of its keys. */
  keys?: KeyReport;
}

/** A Rollout's nodes as last seen. */
export function seenNodes(rollout: Rollout, objects: SeenObjects): Node[] {
  return nodesOf(rollout, objects.list(statefulSets), objects.list(pods));
}

/** A Rollout's nodes as they are at this moment: what was seen may be older than what the controller itself has done since. */
export async function currentNodes(rollout: Rollout, api: KubernetesApi): Promise<Node[]> {
  const { namespace } = rollout.metadata;
  // First the pods: a pod that is newer than the StatefulSet seen with it would look outdated.
  const running = await listed(api, pods, namespace);
  return nodesOf(rollout, await listed(api, statefulSets, namespace), running);
}

async function listed<T extends KubernetesObject>(api: KubernetesApi, kind: Kind<T>, namespace: string): Promise<T[]> {
  const { labelSelector } = kind;
  const query = labelSelector === undefined ? undefined : { labelSelector };
  const { items } = await api.call<{ items: T[] }>("GET", kind.path(namespace), query && { query });
  return items.map((item) => kind.keep?.(item) ?? item);
}

/** Whether a node serves. */
export const isUp = ({ pod }: Node): boolean => pod?.isReady === true && !pod.isEnding;

/** Whether a node's pod was made from another template than its StatefulSet has now. */
export function isOutdated({ pod, revision }: Node): boolean {
  return pod !== undefined && revision !== undefined && pod.revision !== revision;
}

function nodesOf({ metadata, spec }: Rollout, sets: readonly StatefulSet[], running: readonly SeenPod[]): Node[] {
  const { namespace } = metadata;
  const own = new Map(
    sets.filter((set) => set.metadata.namespace === namespace).map((set) => [set.metadata.name, set]),
  );
  const podOf = new Map(
    running.flatMap((pod) => (pod.metadata.labels?.[revisionLabel] === undefined ? [] : [[instanceOf(pod), pod]])),
  );
  return spec.nodes.map((node): Node => {
    const set = own.get(node.name);
    const pod = podOf.get(`${namespace}/${node.name}`);
    const revision = set?.status?.updateRevision;
    return {
      ...node,
      namespace,
      isDeclared: set !== undefined && isDeclared(set, node),
      ...(revision !== undefined && { revision }),
      ...(pod !== undefined && { pod: nodePod(pod) }),
    };
  });
}

function isDeclared({ metadata, status }: StatefulSet, { template }: RolloutNode): boolean {
  const isObserved = status?.updateRevision !== undefined && status.observedGeneration === metadata.generation;
  return isObserved && metadata.annotations?.[templateHashAnnotation] === template;
}

function nodePod({ metadata, ready, readySince, trouble, enrolledAt, keys }: SeenPod): NodePod {
  const { name, uid = "", resourceVersion = "", labels, deletionTimestamp } = metadata;
  const revision = labels?.[revisionLabel];
  return {
    ...{ name, uid, resourceVersion },
    ...(revision !== undefined && { revision }),
    isReady: ready === true,
    ...(readySince !== undefined && { readySince }),
    isEnding: deletionTimestamp !== undefined,
    ...(trouble !== undefined && { trouble }),
    ...(enrolledAt !== undefined && { enrolledAt }),
    ...(keys !== undefined && { keys }),
  };
}
