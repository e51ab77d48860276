/** Finds out why an object does not become ready, from its pods and their events. */
import type { KubernetesObject } from "./kubernetesObject";

/** Pods and Warning events of the namespaces concerned. */
export interface Evidence {
  pods: KubernetesObject[];
  events: KubernetesObject[];
}

/**
 * The most direct cause, in one line: what a container waits for, or the text of the last warning.
 *
 * @param since - ignores earlier warnings
 */
export function reasonFor(object: KubernetesObject, evidence: Evidence, since: number): string | undefined {
  const pods = podsOf(object, evidence.pods);
  const unready = pods.filter((pod) => !isReady(pod));
  for (const pod of unready) {
    const cause = containerCause(pod);
    const warning = lastWarning(pod, evidence.events, since);
    const unscheduled = conditionMessage(pod, "PodScheduled");
    const stuck = stuckRevision(object, pod);
    const text = cause?.final
      ? cause.text
      : (unscheduled ?? warning ?? cause?.text ?? volumeWarning(pod, evidence.events, since));
    if (text !== undefined) return `pod ${pod.metadata.name}: ${text}${stuck}`;
  }
  // Pods that cannot be created, for example because of a quota or Pod Security.
  const own = lastWarning(object, evidence.events, since) ?? replicaSetWarning(object, evidence.events, since);
  return own ?? (unready.length > 0 ? `pod ${unready[0]?.metadata.name}: starting` : undefined);
}

/** Pods that a workload selects. */
export function podsOf(
  { kind, metadata, spec }: KubernetesObject,
  pods: readonly KubernetesObject[],
): KubernetesObject[] {
  if (kind === "Pod") return pods.filter((pod) => pod.metadata.uid === metadata.uid);
  const selector: Record<string, string> | undefined = spec?.selector?.matchLabels;
  if (selector === undefined) return [];
  return pods.filter(
    (pod) =>
      pod.metadata.namespace === metadata.namespace &&
      Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value),
  );
}

function isReady({ status }: KubernetesObject): boolean {
  return status?.conditions?.some(({ type, status: value }: any) => type === "Ready" && value === "True") ?? false;
}

// Reasons without details: events show what these pods wait for.
const uninformative = new Set(["ContainerCreating", "PodInitializing"]);

/** The reason of its first container that is not ready; final if no event can add to it. */
function containerCause({ status }: KubernetesObject): { text: string; final: boolean } | undefined {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  for (const { name, image, state, lastState, ready, restartCount = 0 } of statuses) {
    const { waiting, terminated, running } = state ?? {};
    if (waiting && !uninformative.has(waiting.reason)) {
      const last = lastState?.terminated ?? {};
      const end =
        last.exitCode === undefined ? "" : `, its last run ended with ${last.reason ?? "exit"} (${last.exitCode})`;
      const isImage = /Image/.test(waiting.reason ?? "");
      const message = waiting.message && !isImage && end === "" ? `: ${oneLine(waiting.message)}` : "";
      return { text: `container ${name}: ${waiting.reason}${isImage ? ` ${image}` : message + end}`, final: true };
    }
    if (terminated && terminated.exitCode !== 0) {
      const end = `container ${name}: ended with ${terminated.reason} (${terminated.exitCode})`;
      return { text: terminated.message ? `${end}: ${oneLine(terminated.message, 800)}` : end, final: true };
    }
    if (running && !ready) {
      const restarts = restartCount > 0 ? `, restarted ${restartCount} times` : "";
      return { text: `container ${name}: runs, but is not ready${restarts}`, final: false };
    }
  }
  return undefined;
}

function conditionMessage({ status }: KubernetesObject, type: string): string | undefined {
  const found = status?.conditions?.find((each: any) => each.type === type && each.status === "False");
  return found === undefined ? undefined : `${found.reason ?? type}: ${oneLine(found.message ?? "")}`;
}

function lastWarning({ metadata, kind }: KubernetesObject, events: readonly KubernetesObject[], since: number) {
  const isOwn = ({ involvedObject: about }: KubernetesObject): boolean =>
    about?.uid ? about.uid === metadata.uid : about?.name === metadata.name && about?.kind === kind;
  return latest(events.filter(isOwn), since);
}

/** The newest of some events in words. */
function latest(events: readonly KubernetesObject[], since: number): string | undefined {
  const recent = events.filter((event) => eventTime(event) >= since).sort((a, b) => eventTime(a) - eventTime(b));
  const last = recent.at(-1);
  return last === undefined ? undefined : `${last.reason}: ${oneLine(last.message ?? "")}`;
}

/** An unscheduled pod may wait for its volumes: the events of its claims have the reason. */
function volumeWarning(
  { metadata, spec, status }: KubernetesObject,
  events: readonly KubernetesObject[],
  since: number,
) {
  const isScheduled = status?.conditions?.some((each: any) => each.type === "PodScheduled" && each.status === "True");
  if (isScheduled) return undefined;
  const claims: string[] = (spec?.volumes ?? []).flatMap(
    (volume: any) => volume.persistentVolumeClaim?.claimName ?? [],
  );
  for (const name of claims) {
    const text = latest(
      events.filter(({ involvedObject: about }) => {
        return about?.kind === "PersistentVolumeClaim" && about.namespace === metadata.namespace && about.name === name;
      }),
      since,
    );
    if (text !== undefined) return `volume claim ${name}: ${text}`;
  }
  return claims.length > 0 ? `waits for a node and its volume (${claims.join(", ")})` : undefined;
}

/** A Deployment's pods are made by its ReplicaSets. */
function replicaSetWarning({ kind, metadata }: KubernetesObject, events: readonly KubernetesObject[], since: number) {
  if (kind !== "Deployment") return undefined;
  const isOwn = ({ involvedObject: about }: KubernetesObject): boolean =>
    about?.kind === "ReplicaSet" &&
    about.namespace === metadata.namespace &&
    new RegExp(`^${metadata.name}-[a-z0-9]+$`).test(about.name);
  return latest(events.filter(isOwn), since);
}

function eventTime(event: KubernetesObject): number {
  const time =
    event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;
  return time ? Date.parse(time) : 0;
}

/** Kubernetes does not replace a pod of a StatefulSet that was never ready, even after the cause has been corrected. */
function stuckRevision({ kind, spec, status }: KubernetesObject, pod: KubernetesObject): string {
  const revision = pod.metadata.labels?.["controller-revision-hash"];
  // With OnDelete, another program deletes pods.
  if (spec?.updateStrategy?.type === "OnDelete") return "";
  if (kind !== "StatefulSet" || revision === undefined || status?.updateRevision === undefined) return "";
  if (revision === status.updateRevision || pod.metadata.deletionTimestamp !== undefined) return "";
  const { name, namespace } = pod.metadata;
  return ` (still of the previous revision; Kubernetes waits for it: kubectl delete pod ${name} -n ${namespace})`;
}

function oneLine(text: string, longest = 240): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest - 3)}...` : line;
}
