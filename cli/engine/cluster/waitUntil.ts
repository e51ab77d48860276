/** Waits by watches until objects are ready, or gone; reports what it waits for and why. */
import type { Progress } from "../../../local-cluster/progress";
import { UserError } from "../../../model/userError";
import type { Api } from "./api";
import type { Discovery } from "./discovery";
import { eventType, keyOf, type KubernetesObject, objectName, type TypedObject } from "./kubernetesObject";
import { ObjectMirrors } from "./objectMirror";
import { isAwaited, type Readiness, readiness } from "./readiness";
import { reasonFor } from "./unreadyReasons";

/** An object that is not ready. */
export interface NotReady {
  object: KubernetesObject;
  /** Why, in one line. */
  reason: string;
}

/** How a wait ended. */
export interface WaitOutcome {
  notReady: NotReady[];
  end: "ready" | "timeout" | "failed" | "blocked";
}

/** What waiting needs. */
export interface WaitContext {
  api: Api;
  discovery: Discovery;
  progress: Progress;
  signal: AbortSignal;
}

/** How long to wait. */
export interface WaitOptions {
  timeoutMs: number;
  /** Missing images of objects, by {@link keyOf}. These objects cannot become ready, so the wait leaves them out. */
  missingImages?: ReadonlyMap<string, string[]>;
}

/** Milliseconds to wait for a stack by default. */
export const defaultTimeoutMs = 10 * 60_000;

/**
 * Milliseconds to wait for further objects after the last one became ready, if images are missing: the others may depend on
 * objects that cannot run.
 */
const settleMs = 30_000;
// Kubernetes may report a failure once, long before it repeats: events of the last hour are relevant.
const eventsMs = 3600_000;
const mostShown = 5;

/** Waits until all objects that report their readiness are ready. */
export async function waitUntilReady(
  context: WaitContext,
  applied: readonly TypedObject[],
  { timeoutMs, missingImages = new Map() }: WaitOptions,
): Promise<WaitOutcome> {
  context.progress.done();
  const started = Date.now();
  const all = applied.filter(({ object }) => isAwaited(object));
  const awaited = all.filter(({ object }) => !missingImages.has(keyOf(object)));
  const mirrors = readyMirrors(context, all);
  let mostReady = -1;
  let lastProgress = started;
  return lookUntil(context, mirrors, 150, () => {
    const now = Date.now();
    const waiting = awaited.map((one) => judge(one, mirrors)).filter(({ ready }) => !ready);
    const ready = awaited.length - waiting.length;
    if (ready > mostReady) [mostReady, lastProgress] = [ready, now];
    const hasFailed = waiting.some(({ failed }) => failed);
    const isBlocked = all.length > awaited.length && now - lastProgress > settleMs;
    const isLate = now - started > timeoutMs;
    if (waiting.length > 0 && !hasFailed && !isBlocked && !isLate) {
      const shown = explained(waiting.slice(0, mostShown), mirrors, started).map(describeNotReady);
      context.progress.waiting(`waiting until ready: ${ready} of ${awaited.length}`, [
        ...shown,
        ...more(waiting.length),
      ]);
      return undefined;
    }
    // Missing images first: the others may wait for these objects.
    const withoutImages = all.filter((one) => !awaited.includes(one));
    const notReady = [
      ...withoutImages.flatMap((one) => missing(one, mirrors.live(one), missingImages)),
      ...explained(waiting, mirrors, started),
    ];
    if (notReady.length === 0) return { notReady, end: "ready" };
    return { notReady, end: hasFailed ? "failed" : isLate && waiting.length > 0 ? "timeout" : "blocked" };
  });
}

/** Mirrors objects, and the pods and events that explain why they are not ready. */
function readyMirrors({ api, discovery, signal }: WaitContext, objects: readonly TypedObject[]): ObjectMirrors {
  const mirrors = new ObjectMirrors(api, signal);
  for (const { type, object } of objects) mirrors.add(type, object.metadata.namespace);
  const podType = discovery.get("v1", "Pod");
  for (const namespace of new Set(objects.flatMap(({ object }) => object.metadata.namespace ?? []))) {
    mirrors.add(podType, namespace);
    mirrors.add(eventType, namespace, { fieldSelector: "type=Warning" });
  }
  return mirrors;
}

/** Checks objects after every change, until there is a result. */
async function lookUntil<T>(
  { progress, signal }: Pick<WaitContext, "progress" | "signal">,
  mirrors: ObjectMirrors,
  burst: number,
  look: () => T | undefined,
): Promise<T> {
  try {
    await mirrors.follow();
    for (;;) {
      signal.throwIfAborted();
      const result = look();
      if (result !== undefined) return result;
      // Changes come in bursts. Without changes, the displayed time must still advance.
      await mirrors.nextChange(burst);
    }
  } finally {
    mirrors.close();
    progress.done();
  }
}

interface Judged extends Readiness {
  object: KubernetesObject;
}

function judge(one: TypedObject, mirrors: ObjectMirrors): Judged {
  const object = mirrors.live(one);
  if (object === undefined) return { ready: false, reason: "it was deleted", object: one.object };
  return { ...readiness(object), object };
}

function explained(waiting: readonly Judged[], mirrors: ObjectMirrors, started: number): NotReady[] {
  const evidence = { pods: mirrors.all("pods"), events: mirrors.all("events") };
  return waiting.map(({ object, reason }) => ({
    object,
    reason: reasonFor(object, evidence, started - eventsMs) ?? reason ?? "not ready",
  }));
}

function missing(
  one: TypedObject,
  live: KubernetesObject | undefined,
  images: ReadonlyMap<string, string[]>,
): NotReady[] {
  // Another program may have loaded its image meanwhile.
  if (live !== undefined && readiness(live).ready) return [];
  const missingImages = images.get(keyOf(one.object)) ?? [];
  return [{ object: live ?? one.object, reason: `not running: image ${missingImages.join(", ")} is missing` }];
}

/** An indented line about an object that is not ready. */
export function formatNotReady(one: NotReady): string {
  return `  ${describeNotReady(one)}`;
}

function describeNotReady({ object, reason }: NotReady): string {
  return `${objectName(object)}: ${reason}`;
}

function more(count: number): string[] {
  return count > mostShown ? [`and ${count - mostShown} more`] : [];
}

/**
 * Waits until objects are gone. An object of the same name with another uid is a new object.
 *
 * @throws {@link UserError} when they are not gone in time
 */
export async function waitUntilGone(
  { api, progress, signal }: Omit<WaitContext, "discovery">,
  objects: readonly TypedObject[],
  timeoutMs: number,
): Promise<void> {
  const started = Date.now();
  const mirrors = new ObjectMirrors(api, signal);
  for (const { type, object } of objects) mirrors.add(type, object.metadata.namespace);
  await lookUntil({ progress, signal }, mirrors, 50, () => {
    const left = objects.flatMap((one) => {
      const { uid } = one.object.metadata;
      const live = mirrors.live(one);
      return live !== undefined && (uid === undefined || live.metadata.uid === uid) ? [live] : [];
    });
    if (left.length === 0) return true;
    const shown = left.slice(0, mostShown).map((live) => `${objectName(live)}${whyNotGone(live)}`);
    const names = [...shown, ...more(left.length)];
    if (Date.now() - started > timeoutMs) {
      const seconds = Math.round((Date.now() - started) / 1000);
      throw new UserError(
        `not gone after ${seconds} s:\n${names.map((name) => `  ${name}\n`).join("")}  -> Look at them with kubectl describe; then run the same command again.`,
      );
    }
    progress.waiting(`waiting for the deletion of ${left.length} objects`, names);
    return undefined;
  });
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
