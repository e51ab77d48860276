/** Waits until running pods have loaded the files of ConfigMaps that they load without a restart. */
import { setTimeout as sleep } from "node:timers/promises";

import { filesDigest, lastLoaded, loadedByAnnotation, toLoadAnnotation } from "../../../model/contracts/loadedFiles";
import { inParallel } from "../../common/inParallel";
import { ApiError } from "./api";
import { type KubernetesObject, objectName, type TypedObject } from "./kubernetesObject";
import type { NotReady, WaitContext } from "./waitUntil";

/** Pause between two looks at the pods' logs, in milliseconds. */
const pause = 500;

/** Lines at the end of a log that are searched. The container repeats every hour what it has loaded, and says little else. */
const searchedLines = 500;

/** Files that pods are to load. */
interface Loading {
  configMap: KubernetesObject;
  /** The container that loads them. */
  container: string;
  digest: string;
}

/**
 * Has the kubelets update the files of changed ConfigMaps in running pods at once, which they otherwise do within a minute and a
 * half, and waits until the pods have loaded them.
 *
 * @returns the pods that have not in time
 */
export async function waitUntilLoaded(
  context: WaitContext,
  applied: readonly TypedObject[],
  timeoutMs: number,
): Promise<NotReady[]> {
  const all = applied.flatMap(({ object }) => loadingOf(object) ?? []);
  const deadline = Date.now() + timeoutMs;
  const told = new Set<string>();
  try {
    for (;;) {
      context.signal.throwIfAborted();
      const waiting = (await inParallel(all, (one) => podsWithout(context, one))).flat();
      if (waiting.length === 0) return [];
      await inParallel(waiting, ({ pod, loading }) => tellKubelet(context, pod, loading, told));
      const notReady = waiting.map(({ pod, loading }) => ({
        object: pod,
        reason: `container ${loading.container} has not loaded ${objectName(loading.configMap)} yet; see its log`,
      }));
      if (Date.now() > deadline) return notReady;
      const lines = notReady.map(({ object, reason }) => `${objectName(object)}: ${reason}`);
      context.progress.waiting("waiting until running pods have loaded their new files", lines);
      await sleep(pause, undefined, { signal: context.signal });
    }
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 403)) throw error;
    context.progress.line(
      `warning: it cannot be seen whether running pods have loaded their new files, which they do within two minutes: ${error.message}`,
    );
    return [];
  } finally {
    context.progress.done();
  }
}

function loadingOf(object: KubernetesObject): Loading | undefined {
  const container = object.metadata.annotations?.[loadedByAnnotation];
  if (object.kind !== "ConfigMap" || container === undefined) return undefined;
  return { configMap: object, container, digest: filesDigest(object.data ?? {}) };
}

/** Running pods that mount a ConfigMap and have loaded other files of it, or none. */
async function podsWithout(
  { api, discovery }: WaitContext,
  loading: Loading,
): Promise<{ pod: KubernetesObject; loading: Loading }[]> {
  const { name, namespace } = loading.configMap.metadata;
  const { items } = await api.list(discovery.get("v1", "Pod"), { namespace: namespace! });
  const mounting = items.filter(
    ({ metadata, spec, status }) =>
      metadata.deletionTimestamp === undefined &&
      status?.phase === "Running" &&
      spec.volumes?.some(({ configMap }: any) => configMap?.name === name) &&
      spec.containers.some((container: any) => container.name === loading.container),
  );
  const found = await inParallel(mounting, async (pod) => {
    try {
      const log = await api.log(namespace!, pod.metadata.name, loading.container, searchedLines);
      return lastLoaded(log) === loading.digest ? [] : [{ pod, loading }];
    } catch (error) {
      // The pod may have gone, or its container is not started yet.
      if (error instanceof ApiError && error.status !== 403) return error.status === 404 ? [] : [{ pod, loading }];
      throw error;
    }
  });
  return found.flat();
}

/** Changes an annotation of a pod, once: the kubelet then looks at the pod at once, and updates its volumes. */
async function tellKubelet(
  { api, discovery }: WaitContext,
  pod: KubernetesObject,
  { digest }: Loading,
  told: Set<string>,
): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  const key = `${uid} ${digest}`;
  if (told.has(key)) return;
  told.add(key);
  try {
    // Another value than that of an earlier apply of the same files.
    const annotations = { [toLoadAnnotation]: `${digest} ${new Date().toISOString()}` };
    await api.patch(discovery.get("v1", "Pod"), namespace, name, { metadata: { annotations } });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}
