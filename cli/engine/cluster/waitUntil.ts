/** Waits until what was applied is ready, or gone, by watching; and says what it waits for and why. */
import type { Progress } from "../../../local-cluster/progress";
import { UserError } from "../../../model/userError";
import type { Api } from "./api";
import type { Discovery } from "./discovery";
import { eventType, keyOf, type KubernetesObject, objectName, type TypedObject } from "./kubernetesObject";
import { ObjectMirrors } from "./objectMirror";
import { isAwaited, type Readiness, readiness } from "./readiness";
import { reasonFor } from "./unreadyReasons";

/** Something that is not ready. */
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

/** How long to wait for a stack unless told otherwise. */
export const defaultTimeoutMs = 10 * 60_000;

/**
 * Where images are missing, others wait for what does not run. They are given this long after the last one that became
 * ready.
 */
const settleMs = 30_000;
// A failure may be told once, long before it repeats: events of an hour are of use.
const eventsMs = 3600_000;
const mostShown = 5;

/** Waits until all objects that say when they are ready are so. */
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
    // Missing images first: the others may wait for just those.
    const withoutImages = all.filter((one) => !awaited.includes(one));
    const notReady = [
      ...withoutImages.flatMap((one) => missing(one, mirrors.live(one), missingImages)),
      ...explained(waiting, mirrors, started),
    ];
    if (notReady.length === 0) return { notReady, end: "ready" };
    return { notReady, end: hasFailed ? "failed" : isLate && waiting.length > 0 ? "timeout" : "blocked" };
  });
}

/** Mirrors of objects, and of the pods and events that tell why these are not ready. */
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

/** Looks at objects after every change of them, until there is a result. */
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
      // Changes come in bursts; the clock on the screen goes on without any.
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
  if (object === undefined) return { ready: false, reason: "somebody has deleted it", object: one.object };
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
  // It may have got its image meanwhile, from somebody else.
  if (live !== undefined && readiness(live).ready) return [];
  const missingImages = images.get(keyOf(one.object)) ?? [];
  return [{ object: live ?? one.object, reason: `not running: image ${missingImages.join(", ")} is missing` }];
}

/** A line about something that is not ready, indented. */
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
 * Waits until objects are gone. The same name with another uid is another object.
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
    progress.waiting(`waiting for ${left.length} to be gone`, names);
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
