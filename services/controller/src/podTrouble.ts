/** How the trouble of a pod is read from its status, and said with the remedy. */
import type { KubernetesObject } from "./resources";

/** Why a pod does not run, and what to do about it. */
export interface Trouble {
  /** CamelCase, for conditions. */
  reason: string;
  /** One or two sentences: the cause, and the remedy. */
  message: string;
  /** Container that it is about; none when the pod is not on a node yet. */
  container?: string;
}

/** A pod, as far as it tells how its containers fare. */
export interface Pod extends KubernetesObject {
  spec?: { containers?: PodContainer[]; initContainers?: PodContainer[] };
  status?: {
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
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
  /** What the container left behind: the end of its log, for those that write nothing else. */
  message?: string;
}

/** Reasons of a container that waits for an image it does not get. */
const withoutImage = /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|ImageInspectError)$/;
const notCreated = /^(CreateContainerConfigError|CreateContainerError|RunContainerError)$/;

/** Longest piece of a container's own words that is passed on, in characters. */
const maxWords = 300;

/**
 * What keeps a pod from running, told from its status alone. A pod that is starting, or was restarted once, is in no trouble.
 *
 * @returns nothing for a pod that runs or may still start by itself
 */
export function troubleOf(pod: Pod): Trouble | undefined {
  const { conditions, initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const scheduled = conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False" && scheduled.reason === "Unschedulable") {
    return {
      reason: "PodUnschedulable",
      message: `Pod ${pod.metadata.name} finds no node: ${sentence(scheduled.message ?? "no reason given")}`,
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
  // Between two ends it runs for a while, which is no better.
  const isCrashing = reason === "CrashLoopBackOff" || (container.restartCount > 1 && container.ready !== true);
  if (!isCrashing) return undefined;
  const words = tellingLine(end.message ?? "");
  if (/no space left on device/i.test(end.message ?? "")) {
    return {
      reason: "VolumeFull",
      message: `${where} ends because its volume is full (${words}). Make room: have the volume grown, or delete what is not its own.`,
    };
  }
  if (end.reason === "OOMKilled") {
    return {
      reason: "OutOfMemory",
      message: `${where} was ended for want of memory. Give its network a larger size in the stack file.`,
    };
  }
  return {
    reason: "ContainerCrashes",
    message: `${where} ends again and again, with exit code ${end.exitCode}${words === "" ? "." : `: ${sentence(words)}`} See its log.`,
  };
}

/** The image as the pod asks for it; the status may know a digest only. */
function imageOf({ spec }: Pod, { name, image }: ContainerStatus): string {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return containers.find((container) => container.name === name)?.image ?? image;
}

/** The line of a log's end that says most: what is full, else the last complaint, else the last line. */
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
