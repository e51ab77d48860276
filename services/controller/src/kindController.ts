/** The loop around every reconciler: takes keys from a queue, and writes results into objects' status. */
import { messageOf } from "../../common/failure";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { ApiError } from "../../common/kubernetes/request";
import type { Log } from "../../common/log";
import { withOutcome } from "./conditions";
import { writeEvent } from "./events";
import { unexpectedFailure } from "./failures";
import type { Kind } from "./kinds";
import type { Metrics } from "./metrics";
import type { SeenObjects } from "./objects";
import { type Reconciler, type Result } from "./reconciler";
import { type CustomResource, splitKey } from "./resources";
import { WorkQueue } from "./workQueue";

/** Wait after the first failure of an object, and longest wait; in milliseconds. */
const shortestWait = 250;
const longestWait = 30_000;

/** Longest wait for what a watch reports, in case that it has changed without any watch's telling; in milliseconds. */
const recheckWaiting = 30_000;

/** Longest wait for what usually comes within seconds, such as a node that starts; in milliseconds. */
const soonWait = 3_000;

/** Options of a {@link KindController}. */
export interface KindControllerOptions<T extends CustomResource> {
  api: KubernetesApi;
  kind: Kind<T>;
  reconciler: Reconciler<T>;
  objects: SeenObjects;
  concurrency: number;
  /** Longest time between two looks at an object that is ready, in milliseconds; that of the resync by default. */
  recheckEvery?: number | undefined;
  metrics: Metrics;
  log: Log;
}

/** Reconciles the objects of one kind, one or a few at a time, and writes each result into the object's status. */
export class KindController<T extends CustomResource> {
  readonly queue: WorkQueue;

  constructor(private readonly options: KindControllerOptions<T>) {
    const kind = options.kind.name;
    this.queue = new WorkQueue({
      work: (key) => this.work(key),
      concurrency: options.concurrency,
      shortest: shortestWait,
      longest: longestWait,
      onDepth: (depth) => options.metrics.queueDepth.set({ kind }, depth),
    });
  }

  /** Schedules an object for reconciliation as soon as possible. */
  wake(key: string): void {
    this.queue.add(key);
  }

  private async work(key: string): Promise<void> {
    const { reconciler, objects, metrics, log } = this.options;
    const kind = this.options.kind.name;
    const object = objects.get(this.options.kind, key);
    if (!object) {
      reconciler.forget(key);
      this.queue.forget(key);
      return;
    }
    const stop = metrics.durations.startTimer({ kind });
    let result = "error";
    try {
      result = await this.reconcile(key, object);
    } catch (error) {
      // Not even the status could be written: the API server is away, or the object changed meanwhile.
      const conflict = error instanceof ApiError && error.status === 409;
      const gone = error instanceof ApiError && error.status === 404;
      result = conflict ? "conflict" : "error";
      if (gone) this.queue.forget(key);
      else {
        const wait = this.queue.addRateLimited(key);
        if (!conflict) log.warn("reconciliation failed", { kind, key, cause: messageOf(error), retryInMs: wait });
      }
    } finally {
      stop();
      metrics.reconciles.inc({ kind, result });
    }
  }

  private async reconcile(key: string, object: T): Promise<string> {
    const { api, reconciler, log } = this.options;
    const kind = this.options.kind.name;
    let result: Result;
    let unexpected = false;
    let stack: string | undefined;
    try {
      result = await reconciler.reconcile(object);
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) throw error;
      unexpected = true;
      result = unexpectedFailure(error);
      stack = error instanceof Error ? error.stack : undefined;
    }
    const now = new Date();
    const change = withOutcome(object, result, now);
    if (change.changed) {
      const { namespace, name } = splitKey(key);
      await api.call("PATCH", `${this.options.kind.path(namespace)}/${name}/status`, {
        contentType: "application/merge-patch+json",
        body: { metadata: { resourceVersion: object.metadata.resourceVersion }, status: change.status },
      });
    }
    if (change.transition) {
      const { ready, reason, message } = result;
      log[ready ? "info" : "warn"](message, { kind, key, ready, reason, ...(stack && { stack }) });
      await writeEvent(api, kind, object, result, now).catch((error: unknown) =>
        log.warn("cannot write an event", { kind, key, cause: messageOf(error) }),
      );
    }
    this.scheduleNext(key, result);
    return unexpected ? "error" : result.ready ? "ready" : result.retry ? "failing" : "waiting";
  }

  /** Schedules the next look at an object, unless a change comes first. */
  private scheduleNext(key: string, result: Result): void {
    if (result.retry) {
      this.queue.addRateLimited(key, result.soon ? soonWait : longestWait);
      return;
    }
    this.queue.forget(key);
    const wait = result.ready ? this.options.recheckEvery : recheckWaiting;
    if (wait !== undefined) this.queue.addWithin(key, wait);
  }
}
