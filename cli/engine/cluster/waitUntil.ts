/** Waits until what was applied is ready, or gone, by watching; and says what it waits for and why. */
import { setMaxListeners } from "node:events";

import type { Progress } from "../../../local-cluster/progress";
import { UserError } from "../../../model/userError";
import type { Api } from "./api";
import type { Discovery } from "./discovery";
import { eventType, keyOf, objectName, type KubernetesObject, type ResourceType } from "./kubernetesObject";
import { Mirror, pause } from "./objectMirror";
import { isAwaited, readiness, type Readiness } from "./readiness";
import { reasonFor, type Evidence } from "./unreadyReasons";

/** An object of the cluster with its kind. */
export interface Watched {
  type: ResourceType;
  object: KubernetesObject;
}

/** Something that is not ready. */
export interface NotReady {
  object: KubernetesObject;
  /** Why, in one line. */
  reason: string;
  /** Images that the cluster does not have, when that is the cause. */
  missingImages?: string[];
}

/** How a wait ended. */
export interface Outcome {
  /** Objects that were waited for and are ready. */
  ready: number;
  notReady: NotReady[];
  end: "ready" | "timeout" | "failed" | "blocked";
  seconds: number;
}

/** What is waited with. */
export interface WaitContext {
  api: Api;
  discovery: Discovery;
  progress: Progress;
  signal: AbortSignal;
}

/** How long to wait. */
export interface WaitOptions {
  timeoutMs: number;
  /** Objects that cannot become ready, by {@link keyOf}: the images that they miss. They are not waited for. */
  missingImages?: ReadonlyMap<string, string[]>;
}

/**
 * Where images are missing, others wait for what does not run. They are given this long after the last one that became
 * ready.
 */
const settleMs = 30_000;

/** Waits until all objects that say when they are ready are so. */
export async function waitUntilReady(
  { api, discovery, progress, signal }: WaitContext,
  applied: readonly Watched[],
  { timeoutMs, missingImages = new Map() }: WaitOptions,
): Promise<Outcome> {
  progress.done();
  const started = Date.now();
  const all = applied.filter(({ object }) => isAwaited(object));
  const awaited = all.filter(({ object }) => !missingImages.has(keyOf(object)));
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  // A watch for each kind and namespace.
  setMaxListeners(0, both);
  let wake = (): void => undefined;
  const mirrors = new Map<string, Mirror>();
  const mirror = (type: ResourceType, namespace: string | undefined, options = {}): void => {
    const key = `${type.apiVersion}/${type.plural}/${namespace ?? ""}`;
    if (mirrors.has(key)) return;
    mirrors.set(
      key,
      new Mirror(api, type, { ...(namespace !== undefined && { namespace }), ...options }, () => wake()),
    );
  };
  for (const { type, object } of all) mirror(type, object.metadata.namespace);
  const podType = discovery.get("v1", "Pod");
  for (const namespace of new Set(all.flatMap(({ object }) => object.metadata.namespace ?? []))) {
    mirror(podType, namespace);
    mirror(eventType, namespace, { fieldSelector: "type=Warning" });
  }
  const live = ({ type, object }: Watched): KubernetesObject | undefined =>
    mirrors
      .get(`${type.apiVersion}/${type.plural}/${object.metadata.namespace ?? ""}`)
      ?.find(object.metadata.name, object.metadata.namespace);
  const judge = (one: Watched): Readiness & { object: KubernetesObject } => {
    const object = live(one);
    if (object === undefined) return { ready: false, reason: "somebody has deleted it", object: one.object };
    return { ...readiness(object), object };
  };
  const evidence = (): Evidence => {
    const of = (plural: string) =>
      [...mirrors.values()].flatMap((each) => (each.type.plural === plural ? each.all() : []));
    return { pods: of("pods"), events: of("events") };
  };
  const explain = ({ object, reason }: Readiness & { object: KubernetesObject }, seen: Evidence): NotReady => ({
    object,
    // A failure may be told once, long before it repeats: events of an hour are of use.
    reason: reasonFor(object, seen, started - 3600_000) ?? reason ?? "not ready",
  });

  try {
    await Promise.all([...mirrors.values()].map((each) => each.follow(both)));
    let best = -1;
    let lastProgress = started;
    for (;;) {
      signal.throwIfAborted();
      const changed = new Promise<void>((resolve) => (wake = resolve));
      const now = Date.now();
      const judged = awaited.map(judge);
      const waiting = judged.filter(({ ready }) => !ready);
      const count = awaited.length - waiting.length;
      if (count > best) [best, lastProgress] = [count, now];
      const seconds = Math.round((now - started) / 1000);
      const failed = waiting.filter((each) => each.failed);
      const blocked = all.length > awaited.length && now - lastProgress > settleMs;
      const late = now - started > timeoutMs;
      if (waiting.length === 0 || failed.length > 0 || blocked || late) {
        const seen = evidence();
        // Missing images first: the others may wait for just those.
        const without = all.filter((one) => !awaited.includes(one));
        const notReady = [
          ...without.flatMap((one) => missing(one, live(one), missingImages)),
          ...waiting.map((each) => explain(each, seen)),
        ];
        const reasons = {
          ready: notReady.length === 0,
          failed: failed.length > 0,
          timeout: late && waiting.length > 0,
        };
        const end = reasons.ready ? "ready" : reasons.failed ? "failed" : reasons.timeout ? "timeout" : "blocked";
        return { ready: count, notReady, end, seconds };
      }
      const seen = evidence();
      const lines = waiting
        .slice(0, 5)
        .map((each) => explain(each, seen))
        .map(formatNotReady);
      if (waiting.length > lines.length) lines.push(`  and ${waiting.length - lines.length} more`);
      progress.waiting([`waiting ${seconds} s: ${count} of ${awaited.length} ready`, ...lines].join("\n"));
      // Changes come in bursts; the clock on the screen goes on without any.
      await Promise.all([pause(150, both), Promise.race([changed, pause(1000, both)])]);
    }
  } finally {
    stop.abort();
    progress.done();
  }
}

function missing(one: Watched, live: KubernetesObject | undefined, images: ReadonlyMap<string, string[]>): NotReady[] {
  // It may have got its image meanwhile, from somebody else.
  if (live !== undefined && readiness(live).ready) return [];
  const missingImages = images.get(keyOf(one.object)) ?? [];
  return [
    { object: live ?? one.object, reason: `not running: image ${missingImages.join(", ")} is missing`, missingImages },
  ];
}

/** A line about something that is not ready. */
export function formatNotReady({ object, reason }: NotReady): string {
  return `  ${objectName(object)}: ${reason}`;
}

/** Waits until objects are gone. The same name with another uid is another object. */
export async function waitUntilGone(
  { api, progress, signal }: Omit<WaitContext, "discovery">,
  objects: readonly Watched[],
  timeoutMs: number,
): Promise<void> {
  const started = Date.now();
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  // A watch for each kind and namespace.
  setMaxListeners(0, both);
  let wake = (): void => undefined;
  const mirrors = new Map<string, Mirror>();
  const mirrorKey = ({ type, object }: Watched): string =>
    `${type.apiVersion}/${type.plural}/${object.metadata.namespace ?? ""}`;
  for (const one of objects) {
    const { namespace } = one.object.metadata;
    const options = { ...(namespace !== undefined && { namespace }) };
    if (!mirrors.has(mirrorKey(one))) mirrors.set(mirrorKey(one), new Mirror(api, one.type, options, () => wake()));
  }
  try {
    await Promise.all([...mirrors.values()].map((each) => each.follow(both)));
    for (;;) {
      signal.throwIfAborted();
      const changed = new Promise<void>((resolve) => (wake = resolve));
      const left = objects.flatMap((one) => {
        const { name, namespace, uid } = one.object.metadata;
        const live = mirrors.get(mirrorKey(one))?.find(name, namespace);
        return live !== undefined && (uid === undefined || live.metadata.uid === uid) ? [live] : [];
      });
      if (left.length === 0) return;
      const seconds = Math.round((Date.now() - started) / 1000);
      const names = left.slice(0, 5).map((live) => `  ${objectName(live)}${whyNotGone(live)}`);
      if (left.length > names.length) names.push(`  and ${left.length - names.length} more`);
      if (Date.now() - started > timeoutMs) {
        throw new UserError(
          `not gone after ${seconds} s:\n${names.join("\n")}\n  -> Look at them with kubectl describe; then run the same command again.`,
        );
      }
      progress.waiting([`waiting ${seconds} s for ${left.length} to be gone`, ...names].join("\n"));
      await Promise.all([pause(50, both), Promise.race([changed, pause(1000, both)])]);
    }
  } finally {
    stop.abort();
    progress.done();
  }
}

function whyNotGone({ metadata, kind, status }: KubernetesObject): string {
  const finalizers: string[] = ((metadata as any).finalizers ?? []).filter(
    (name: string) => name !== "foregroundDeletion",
  );
  const inside =
    kind === "Namespace"
      ? (status?.conditions ?? []).find((each: any) => /Remaining/.test(each.type) && each.status === "True")
      : undefined;
  if (inside !== undefined) return `: ${inside.message}`;
  return finalizers.length > 0 ? `: waits for ${finalizers.join(", ")}` : ": its pods are ending";
}
