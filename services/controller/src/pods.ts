/** What is kept in memory of a network's pods: owner, version of Fabric, readiness, start, keys, and what keeps them from running. */
import { enrolContainerName, type KeyReport, parseKeyReport } from "../../../model/contracts/enrolment";
import { parseImage } from "../../../model/contracts/images";
import { instanceLabel, roleLabel } from "../../../model/contracts/labels";
import { rootsConfigMapName } from "../../../model/contracts/names";
import { platformCaName } from "../../../model/contracts/platformCa";
import { hasBegun, type Pod, type Trouble, troubleOf, waitsForConfigMap } from "./podTrouble";
import { type KubernetesObject } from "./resources";

/** The part of a pod that is kept in memory. A whole pod is some ten kilobytes, and a network has many. */
export interface SeenPod extends KubernetesObject {
  /** Whether it is ready, and is to stay. */
  ready?: boolean;
  /** Since when it is ready, as its node's clock says; in milliseconds since 1970. */
  readySince?: number;
  trouble?: Trouble;
  /** Whether it cannot start without the copy of the platform's roots, be that there or not. */
  waitsForPlatformRoots?: true;
  /** Whether its init containers have not begun. */
  unstarted?: true;
  /** When its init containers had ended, and so had enrolled; in milliseconds since 1970. */
  enrolledAt?: number;
  /** What it has said of its keys. */
  keys?: KeyReport;
  /** Whether it has ended or is being deleted: another one takes its place. */
  ended?: true;
  /** Version of Fabric that its peer or orderer runs; absent until that is ready, and for an image whose tag is no version. */
  fabricVersion?: string;
}

/** Label that Kubernetes gives a pod of a StatefulSet: the ControllerRevision with the pod template that it was made from. */
export const revisionLabel = "controller-revision-hash";

const platformRootsName = rootsConfigMapName(platformCaName);

/** Reduces a pod to {@link SeenPod}. */
export function reducePod(pod: Pod): SeenPod {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels } = pod.metadata;
  const trouble = troubleOf(pod);
  const revision = labels?.[revisionLabel];
  const since = (type: string): number => {
    const found = pod.status?.conditions?.find((one) => one.type === type && one.status === "True");
    return found === undefined ? NaN : Date.parse(found.lastTransitionTime ?? "");
  };
  const isReady = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
  const [readySince, enrolledAt] = [since("Ready"), since("Initialized")];
  const ended = deletionTimestamp !== undefined || /^(Succeeded|Failed)$/.test(pod.status?.phase ?? "");
  const fabricVersion = fabricVersionOf(pod);
  const keys = keysOf(pod);
  return {
    metadata: {
      name,
      namespace,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      labels: {
        [instanceLabel]: labels?.[instanceLabel] ?? "",
        [roleLabel]: labels?.[roleLabel] ?? "",
        ...(revision !== undefined && { [revisionLabel]: revision }),
      },
    },
    ...(isReady && deletionTimestamp === undefined && { ready: true }),
    ...(!Number.isNaN(readySince) && { readySince }),
    ...(trouble === undefined ? {} : { trouble }),
    ...(waitsForConfigMap(pod, platformRootsName) && { waitsForPlatformRoots: true }),
    ...(hasBegun(pod) ? {} : { unstarted: true }),
    ...(Number.isNaN(enrolledAt) ? {} : { enrolledAt }),
    ...(keys === undefined ? {} : { keys }),
    ...(ended ? { ended } : {}),
    ...(fabricVersion === undefined ? {} : { fabricVersion }),
  };
}

function keysOf({ status }: Pod): KeyReport | undefined {
  const enrol = status?.initContainerStatuses?.find(({ name }) => name === enrolContainerName);
  const end = enrol?.state?.terminated;
  return end?.exitCode === 0 ? parseKeyReport(end.message) : undefined;
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
