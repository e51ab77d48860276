/** Reads from a pod's status what keeps it from running, with the remedy. */
import type { KubernetesObject } from "./resources";

/** Why a pod does not run, and what to do about it. */
export interface Trouble {
  /** CamelCase, for conditions. */
  reason: string;
  /** One or two sentences: the cause, and the remedy. */
  message: string;
  /** The container concerned; absent while the pod is not on a node. */
  container?: string;
}

/** The part of a pod that shows the state of its containers. */
export interface Pod extends KubernetesObject {
  spec?: { containers?: PodContainer[]; initContainers?: PodContainer[]; volumes?: PodVolume[] };
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

/** A volume, as far as it is made from ConfigMaps. */
interface PodVolume {
  configMap?: { name?: string };
  projected?: { sources?: { configMap?: { name?: string } }[] };
}

interface PodContainer {
  name: string;
  image?: string;
}

interface ContainerStatus {
  name: string;
  image: string;
  ready?: boolean;
  restartCount: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: Terminated;
  };
  lastState?: { terminated?: Terminated };
}

interface Terminated {
  exitCode: number;
  reason?: string;
  /** The termination message; the end of the log if the container writes none. */
  message?: string;
}

/** Waiting reasons of a container whose image cannot be pulled. */
const withoutImage = /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|ImageInspectError)$/;
const notCreated = /^(CreateContainerConfigError|CreateContainerError|RunContainerError)$/;

/** Waiting reasons of a container while the pod's volumes are mounted. */
const isCreating = /^(PodInitializing|ContainerCreating)$/;

/** Longest excerpt of a container's termination message, in characters. */
const maxWords = 300;

/**
 * What keeps a pod from running, from its status alone. A pod that is starting, or was restarted once, counts as healthy.
 *
 * @returns undefined for a pod that runs or may still start by itself
 */
export function troubleOf(pod: Pod): Trouble | undefined {
  const { conditions, initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const scheduled = conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False" && scheduled.reason === "Unschedulable") {
    return {
      reason: "PodUnschedulable",
      message: `Pod ${pod.metadata.name} cannot be scheduled: ${sentence(scheduled.message ?? "no reason given")}`,
    };
  }
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const trouble = troubleOfContainer(pod, container);
    if (trouble) return { ...trouble, container: container.name };
  }
  return undefined;
}

function troubleOfContainer(pod: Pod, container: ContainerStatus): Trouble | undefined {
  const { reason = "", message = "" } = container.state?.waiting ?? {};
  const where = `Container ${container.name} of pod ${pod.metadata.name}`;
  if (withoutImage.test(reason)) {
    return {
      reason: "ImageNotAvailable",
      message:
        `${where} has no image: ${imageOf(pod, container)} cannot be pulled. Correct its name or tag in the stack file, or see ` +
        "whether the nodes may pull from its registry.",
    };
  }
  if (notCreated.test(reason)) return { reason: "ContainerNotCreated", message: `${where}: ${sentence(message)}` };
  const end = container.state?.terminated ?? container.lastState?.terminated;
  if (end === undefined || end.exitCode === 0) return undefined;
  // A crashing container also runs between two crashes, and is in trouble all the same.
  const isCrashing = reason === "CrashLoopBackOff" || (container.restartCount > 1 && container.ready !== true);
  if (!isCrashing) return undefined;
  const words = tellingLine(end.message ?? "");
  if (/no space left on device/i.test(end.message ?? "")) {
    return {
      reason: "VolumeFull",
      message: `${where} ends because its volume is full (${words}). Enlarge the volume, or delete files that do not belong there.`,
    };
  }
  if (end.reason === "OOMKilled") {
    return {
      reason: "OutOfMemory",
      message: `${where} was killed because it exceeded its memory limit. Give its network a larger size in the stack file.`,
    };
  }
  return {
    reason: "ContainerCrashes",
    message: `${where} ends again and again, with exit code ${end.exitCode}${words === "" ? "." : `: ${sentence(words)}`} See its log.`,
  };
}

/** Whether a pod's init containers have begun, for which all its volumes must be mounted. */
export function hasBegun({ status }: Pod): boolean {
  const isInitialized = status?.conditions?.some((one) => one.type === "Initialized" && one.status === "True");
  const begun = status?.initContainerStatuses?.some(({ state }) => !isCreating.test(state?.waiting?.reason ?? ""));
  return isInitialized === true || begun === true;
}

/** Whether a pod has not begun to start, and cannot while a ConfigMap is missing. Its status does not say what it waits for. */
export function waitsForConfigMap(pod: Pod, name: string): boolean {
  if (hasBegun(pod)) return false;
  const { spec } = pod;
  const sources = (spec?.volumes ?? []).flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])]);
  return sources.some(({ configMap }) => configMap?.name === name);
}

/** The image as the pod's spec names it. The status may have only a digest. */
function imageOf({ spec }: Pod, { name, image }: ContainerStatus): string {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return containers.find((container) => container.name === name)?.image ?? image;
}

/** The most telling line at the end of a log: a full volume, else the last error, else the last line. */
function tellingLine(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.replace(/\u001b\[[0-9;]*m/g, "").trim())
    .filter((line) => line !== "" && !/^at |^goroutine /.test(line));
  const last = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).at(-1);
  const line = last(/no space left on device/i) ?? last(/\b(panic|fatal|error)\b/i) ?? lines.at(-1) ?? "";
  return line.length > maxWords ? `${line.slice(0, maxWords)}…` : line;
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
