/** A copy of a collection of the Kubernetes API, kept up to date. */
import { setTimeout as sleep } from "node:timers/promises";

import { backOff } from "../../common/backOff";
import { messageOf } from "../../common/failure";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { ApiError } from "../../common/kubernetes/request";
import type { Log } from "../../common/log";
import { keyOf, type KubernetesObject } from "./resources";

/** Longest life of one watch, in seconds. */
const watchSeconds = 300;

/** Shortest and longest wait after the API server refused a list or a watch, in milliseconds. */
const shortestWait = 200;
const longestWait = 10_000;

/** An object that was added, changed (also in its status only) or deleted. */
export interface Change<T> {
  key: string;
  /** The object now, or its last state if it is deleted. */
  object: T;
  /** The former state; undefined if the object is new. */
  before: T | undefined;
  /** The new state; undefined if the object is deleted. */
  after: T | undefined;
}

/** Options of a {@link Reflector}. */
export interface ReflectorOptions<T> {
  api: KubernetesApi;
  /** Path of the collection, for all namespaces. */
  path: string;
  labelSelector?: string;
  log: Log;
  /** What of an object is kept in memory; everything by default. */
  keep?: (object: T) => T;
  onChange: (change: Change<T>) => void;
}

/**
 * Keeps a copy of a collection up to date: lists it, watches it, and lists it again when a watch cannot go on.
 *
 * The informer of client-node (2.0.1) is not used. It stops when a list fails or a connection breaks. It reads no bookmarks, and
 * opens a watch anew after 30 s without a change; where the server ends watches without a change, it waits up to 30 s before the
 * next one. It keeps whole objects, does not report their former state, and a listener that throws ends the process.
 */
export class Reflector<T extends KubernetesObject> {
  /** Resolves when the collection was listed for the first time. */
  readonly synced: Promise<void>;
  private objects = new Map<string, T>();
  private resourceVersion = "";
  private markSynced!: () => void;

  constructor(private readonly options: ReflectorOptions<T>) {
    this.synced = new Promise((resolve) => (this.markSynced = resolve));
  }

  /** The object as last seen. */
  get(key: string): T | undefined {
    return this.objects.get(key);
  }

  /** All objects as last seen. */
  list(): T[] {
    return [...this.objects.values()];
  }

  /** Runs until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { path, log } = this.options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (this.resourceVersion === "") await this.relist();
        await this.watch(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        this.resourceVersion = "";
        failures += 1;
        const missing = error instanceof ApiError && error.status === 404;
        if (failures > 1 || !(error instanceof ApiError && error.status === 410)) {
          const cause = missing ? "its custom resource definition is not installed" : messageOf(error);
          log[failures === 1 ? "info" : "warn"]("watch interrupted, listing again", { path, cause, failures });
        }
        await sleep(backOff(failures, shortestWait, longestWait), undefined, { signal }).catch(() => {});
      }
    }
  }

  private get selector(): Record<string, string> {
    const { labelSelector } = this.options;
    return labelSelector === undefined ? {} : { labelSelector };
  }

  private async relist(): Promise<void> {
    const { api, path, keep = asIs } = this.options;
    const list = await api.call<{ metadata: { resourceVersion: string }; items: T[] }>("GET", path, {
      query: this.selector,
    });
    const before = this.objects;
    this.objects = new Map(list.items.map((object) => [keyOf(object), keep(object)]));
    this.resourceVersion = list.metadata.resourceVersion;
    this.markSynced();
    for (const [key, object] of this.objects) {
      const last = before.get(key);
      if (last?.metadata.resourceVersion !== object.metadata.resourceVersion) this.tell(object, last);
    }
    for (const [key, object] of before) if (!this.objects.has(key)) this.tell(object, object);
  }

  private watch(signal: AbortSignal): Promise<void> {
    const { api, path, keep = asIs } = this.options;
    const query = { ...this.selector, resourceVersion: this.resourceVersion };
    const seconds = Math.round(watchSeconds * (0.8 + 0.4 * Math.random()));
    return api.watch<T & { code?: number; message?: string }>(path, query, seconds, signal, ({ type, object }) => {
      if (type === "ERROR") throw new ApiError(object.code ?? 0, object.message ?? "watch failed");
      this.resourceVersion = object.metadata.resourceVersion ?? this.resourceVersion;
      if (type === "BOOKMARK") return;
      const kept = keep(object);
      const before = this.objects.get(keyOf(kept));
      if (type === "DELETED") this.objects.delete(keyOf(kept));
      else this.objects.set(keyOf(kept), kept);
      this.tell(kept, before);
    });
  }

  /** Calls the listeners. An error about one object must not hold back changes of the others. */
  private tell(object: T, before: T | undefined): void {
    const { onChange, log, path } = this.options;
    const key = keyOf(object);
    try {
      onChange({ key, object, before, after: this.objects.get(key) });
    } catch (error) {
      log.error("cannot deal with a change", { path, key, cause: messageOf(error) });
    }
  }
}

const asIs = <T>(object: T): T => object;
